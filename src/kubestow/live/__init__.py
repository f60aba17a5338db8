"""A running cluster as a world: observed, and nothing else yet."""
