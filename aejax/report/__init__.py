"""What a reader sees of a study: figures, tables and one self-contained HTML."""
