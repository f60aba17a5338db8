"""Headroom: placeholder pods that hold room for pods yet to come, known by their namespace."""

NAMESPACE = "kubestow-headroom"


def is_headroom(pod: str) -> bool:
    """Tell whether a pod's key (namespace/name) is a placeholder's."""
    return pod.startswith(f"{NAMESPACE}/")
