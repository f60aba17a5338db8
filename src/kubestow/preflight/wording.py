"""Words and links the checks share.

Law: text only; every link is to a public page of Kubernetes or AWS.
"""

from collections.abc import Iterable

KUBERNETES = "https://kubernetes.io/docs/"
EKS = "https://docs.aws.amazon.com/eks/latest/userguide/"
EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
BEST_PRACTICES = "https://docs.aws.amazon.com/eks/latest/best-practices/"
_NAMES_MAX = 5


def listed(names: Iterable[str], most: int = _NAMES_MAX) -> str:
    """Write names in a row, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: 1 pod, 2 pods."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
