"""Papers composed at random, unlike any corpus's, and what is read of them (`python -m tests.benchmarks.unlike`)."""
