"""Opening scans: what is found, counted and opened, and what is refused."""
