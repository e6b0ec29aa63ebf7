"""The line finder and the reader of our own."""
