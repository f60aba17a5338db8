"""Plans and catalogs as something to read: text and JSON. Pure: a value in, text out."""
