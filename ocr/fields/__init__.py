"""Fields of a paper: where each stands, what it says, and whether that can be believed without a person."""
