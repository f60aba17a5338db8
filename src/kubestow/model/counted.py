"""A count and its noun, as every sentence writes them."""


def counted(count: int, noun: str) -> str:
    """Return a count and its noun, which takes an s in the plural: 1 pod, 2,000 pods.

    A noun that ends in a consonant and y changes it: 1 policy, 2 policies.
    """
    if count == 1:
        return f"{count:,} {noun}"
    if noun.endswith("y") and noun[-2:-1] not in ("a", "e", "o"):
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}s"


def agreeing(count: int, one: str, many: str) -> str:
    """Return the words that agree with a count: 1 pod is, 2 pods are."""
    return one if count == 1 else many
