"""The nouns of the core, as frozen values."""
