"""Kubernetes quantities as people read them: memory in Gi or Mi, cpu in cores."""

from kubestow.model.quantity import QuantityError, parse_quantity, value
from kubestow.report.cluster_text import cores_text, size_text

_GIB, _MIB = 2**30, 2**20
_NANO_PER_MILLI = 10**6
_BYTES = ("memory", "ephemeral-storage")


def quantity_text(resource: str, text: str) -> str:
    """Return a quantity of a resource; what is no quantity stays as it is."""
    try:
        nano = parse_quantity(text)
    except QuantityError:
        return text
    if resource == "cpu":
        return cores_text(nano // _NANO_PER_MILLI)
    if resource in _BYTES or resource.startswith("hugepages-"):
        size = value(nano)
        return size_text(size) if size >= _GIB else f"{size / _MIB:,.0f} Mi"
    return text
