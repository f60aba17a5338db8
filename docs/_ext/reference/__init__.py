"""Pages of the reference, as Markdown, generated from the code and from the schemas."""
