"""Changes of the tables, one file each, up and down."""
