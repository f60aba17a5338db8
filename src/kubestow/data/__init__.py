"""Embedded catalog files; see NOTICE for where the facts come from."""
