"""A running cluster as an input: its objects as its API server lists them. Nothing is changed."""
