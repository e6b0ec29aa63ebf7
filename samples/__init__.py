"""A small made archive with its truth, and the script that makes it."""
