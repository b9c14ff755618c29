"""What a section of a report lists: claims that are tested, tables, figures."""
