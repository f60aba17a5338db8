"""A digest of everything that a proven minimum depends on.

It does not depend on PYTHONHASHSEED or on the order and names of input files. What only
decides between plans is left out: preferences, sources, budgets, disruption settings, terms of
eviction, spot diversity and desired sizes. ``whole_digest`` leaves out only the sources.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.snapshot import Snapshot

_LEFT_OUT = frozenset(
    {
        "desired",
        "disruption",
        "eviction",
        "preferences",
        "reservation",
        "source",
        "spot_types",
        "spot_zones",
    }
)


def problem_digest(snapshot: Snapshot) -> str:
    """Return "sha256:" and the digest of a snapshot and its NodePools."""
    return f"sha256:{_digest(chr(10).join(sorted(_lines(snapshot))))}"


def digest(value: object) -> str:
    """Return the digest of a model value."""
    return _digest(_text(value))


def whole_digest(value: object) -> str:
    """Return the digest of a value, including preferences and disruption settings."""
    return _digest(_text(value, frozenset({"source"})))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _lines(snapshot: Snapshot) -> Iterator[str]:
    cluster, catalog = snapshot.cluster, snapshot.catalog
    for name, part in (
        ("region", catalog.region),
        ("networking", snapshot.networking),
        ("cpu use", snapshot.cpu_use),
        ("namespaces", cluster.namespaces),
        ("volumes", cluster.volumes),
        ("storage classes", cluster.storage_classes),
        ("zones", catalog.zones),
        ("instance types", catalog.instance_types),
    ):
        yield f"{name}: {_text(part)}"
    for item in (*cluster.nodes, *cluster.daemonsets, *cluster.nodepools, *cluster.attachments):
        yield _text(item)
    for key in cluster.claims:
        yield f"claim {key!r}: {_text(cluster.claims[key])}"
    for offering in catalog.offerings:
        price = None if offering.price is None else offering.price.nano_usd_per_hour
        where = (offering.instance_type, offering.zone, offering.capacity_type)
        yield f"offering {where!r}: {price}"
    yield from _pods(cluster.pods)


def _pods(pods: tuple[Pod, ...]) -> Iterator[str]:
    """Yield a line per pod; templates, which replicas share, are digested once."""
    digests: dict[PodTemplate, str] = {}
    last: PodTemplate | None = None
    template = ""
    for pod in pods:
        if pod.template is not last:
            last = pod.template
            if last not in digests:
                digests[last] = _digest(_text(last))
            template = digests[last]
        own = (pod.labels, pod.node_name, pod.volume_claims, pod.terminating, pod.rejected)
        yield f"pod {(pod.namespace, pod.name)!r}: {own!r} {pod.daemonset!r} {template}"


def _text(value: object, left_out: frozenset[str] = _LEFT_OUT) -> str:
    """Return a text that is equal for equal values, and only for those."""
    if is_dataclass(value):
        named = (field.name for field in fields(value) if field.name not in left_out)
        inner = ", ".join(f"{name}={_text(getattr(value, name), left_out)}" for name in named)
        return f"{type(value).__name__}({inner})"
    if isinstance(value, Mapping):
        pairs = sorted((_text(key, left_out), _text(item, left_out)) for key, item in value.items())
        return "{" + ", ".join(f"{key}: {item}" for key, item in pairs) + "}"
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(_text(item, left_out) for item in value)) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(_text(item, left_out) for item in value) + ")"
    return repr(value)
