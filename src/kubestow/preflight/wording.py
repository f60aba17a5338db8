"""Text and links that checks share. All links are public pages of Kubernetes or AWS."""

from collections.abc import Iterable

KUBERNETES = "https://kubernetes.io/docs/"
EKS = "https://docs.aws.amazon.com/eks/latest/userguide/"
EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
BEST_PRACTICES = "https://docs.aws.amazon.com/eks/latest/best-practices/"
_NAMES_MAX = 5


def listed(names: Iterable[str], most: int = _NAMES_MAX) -> str:
    """Return the first names, separated by commas, and how many more there are."""
    items = list(names)
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
