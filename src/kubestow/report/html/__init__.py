"""Reports as one self-contained page of HTML: markup, components, the page, and what is on it."""
