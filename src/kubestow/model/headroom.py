"""Headroom: placeholder pods that reserve capacity for future pods, in a namespace of their own."""

NAMESPACE = "kubestow-headroom"


def is_headroom(pod: str) -> bool:
    """Return whether a pod's key (namespace/name) is that of a placeholder."""
    return pod.startswith(f"{NAMESPACE}/")
