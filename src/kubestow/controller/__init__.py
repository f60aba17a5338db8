"""The controller: one leader that observes, decides and acts, and may be stopped at once."""
