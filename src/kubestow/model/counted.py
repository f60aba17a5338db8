"""A count and its noun, as every sentence writes them."""


def counted(count: int, noun: str) -> str:
    """Return a count and its noun, which takes an s in the plural: 1 pod, 2,000 pods."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
