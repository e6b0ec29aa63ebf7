"""What other systems meet at the door."""
