"""The web view: a cluster in a browser, read only."""
