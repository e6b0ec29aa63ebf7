"""What is measured, each a command that anyone can run."""
