"""Every answer as typed structures: what JSON encodes, and text and HTML are made from."""
