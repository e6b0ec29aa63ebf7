"""What other systems see over HTTP."""
