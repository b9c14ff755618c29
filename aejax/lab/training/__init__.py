"""From members to compiled programs on the devices at hand, and to trained models."""
