"""Prometheus operator's kinds, and OpenTelemetry's Collector, which has the same shape.

Sources: prometheus-operator pkg/prometheus/server/statefulset.go, pkg/prometheus/agent,
pkg/alertmanager/statefulset.go and pkg/thanos/statefulset.go; the requests of config-reloader are
the defaults of the operator's flags --config-reloader-cpu-request and -memory-request (0.66 on).
opentelemetry-operator apis/v1beta1 opentelemetrycollector_types.go, internal/manifests/collector.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubestow.adapters.kubernetes.operators.custom import Custom, Reader, bounded, merged
from kubestow.adapters.kubernetes.operators.flat import placed, pod_fields
from kubestow.adapters.kubernetes.operators.made import MadeWorkload
from kubestow.adapters.kubernetes.operators.part import Part

_RELOADER: dict[str, Any] = {
    "name": "config-reloader", "resources": {"requests": {"cpu": "10m", "memory": "50Mi"}}
}  # fmt: skip
_NOTE = (
    "config-reloader is counted with the operator's defaults, 10m of cpu and 50Mi; its flags "
    "may say otherwise"
)
_MANAGED = {"app.kubernetes.io/managed-by": "prometheus-operator"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the operator names and labels the pods; ``memory`` is requested if nothing else is."""

    container: str
    prefix: str
    application: str
    label: str
    memory: str = ""
    shards: bool = False


_KINDS = {
    "Prometheus": _Kind("prometheus", "prometheus", "prometheus", "prometheus", shards=True),
    "PrometheusAgent": _Kind(
        "prometheus", "prom-agent", "prometheus-agent", "operator.prometheus.io/name", shards=True
    ),
    "Alertmanager": _Kind(
        "alertmanager", "alertmanager", "alertmanager", "alertmanager", memory="200Mi"
    ),
    "ThanosRuler": _Kind("thanos-ruler", "thanos-ruler", "thanos-ruler", "thanos-ruler"),
}


def monitoring(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Prometheus, PrometheusAgent, Alertmanager or ThanosRuler: a StatefulSet a shard."""
    kind, spec = _KINDS[custom.kind], custom.spec
    if custom.kind == "PrometheusAgent" and spec.text("mode") == "DaemonSet":
        yield _made(custom, kind, "", "DaemonSet", 1)
        return
    shards = bounded(spec.integer("shards", 1), "spec.shards") if kind.shards else 1
    for shard in range(max(1, shards)):
        suffix = f"-shard-{shard}" if shard else ""
        yield _made(custom, kind, suffix, "StatefulSet", spec.integer("replicas", 1), shard)


def _made(
    custom: Custom, kind: _Kind, suffix: str, made: str, count: int, shard: int = 0
) -> MadeWorkload:
    custom.note(_NOTE)
    spec = custom.spec
    labels = _MANAGED | {
        "app.kubernetes.io/name": kind.application,
        "app.kubernetes.io/instance": custom.name,
        kind.label: custom.name,
    }
    if kind.shards:
        labels["operator.prometheus.io/shard"] = str(shard)
        labels["operator.prometheus.io/name"] = custom.name
    volumes, claims = _storage(custom, spec.part("storage"), kind.prefix)
    volumes += [dict(item.value) for item in spec.parts("volumes")]
    metadata = spec.part("podMetadata")
    init = [{**_RELOADER, "name": "init-config-reloader"}]
    pod = {
        **pod_fields(spec),
        "containers": merged(_containers(kind, spec), spec, "containers"),
        "initContainers": merged(init, spec, "initContainers"),
        "volumes": volumes,
    }
    return MadeWorkload(
        kind=made,
        name=f"{kind.prefix}-{custom.name}{suffix}",
        template={"metadata": metadata.metadata(), "spec": pod},
        at="spec",
        count=0 if spec.flag("paused") and not spec.has("replicas") else count,
        labels=labels,
        claims=claims,
        claims_at="spec.storage.volumeClaimTemplate",
        paths=placed(spec),
        generated=("config-reloader", "init-config-reloader"),
    )


def _containers(kind: _Kind, spec: Part) -> list[dict[str, Any]]:
    resources = dict(spec.part("resources").value)
    if kind.memory and not spec.part("resources", "requests").has("memory"):
        requests = spec.part("resources", "requests").value
        resources["requests"] = {**requests, "memory": kind.memory}
    containers = [{"name": kind.container, "resources": resources}, _RELOADER]
    thanos = spec.part("thanos")
    if thanos.value:
        containers.append({"name": "thanos-sidecar", "resources": thanos.raw("resources") or {}})
    return containers


def _storage(
    custom: Custom, storage: Part, prefix: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the volumes and claim templates of a storage spec: emptyDir, ephemeral or a claim."""
    name = f"{prefix}-{custom.name}-db"
    if not storage.value or storage.has("emptyDir"):
        return [{"name": name, "emptyDir": storage.part("emptyDir").value}], []
    if storage.has("ephemeral"):
        return [{"name": name, "ephemeral": storage.raw("ephemeral")}], []
    template = storage.part("volumeClaimTemplate")
    metadata = template.part("metadata")
    named = {"name": metadata.text("name", name)}
    spec = {**template.part("spec").value}
    spec.setdefault("accessModes", ["ReadWriteOnce"])
    return [], [{"metadata": named, "spec": spec}]


def collector(custom: Custom) -> Iterator[MadeWorkload]:
    """Read an OpenTelemetryCollector: a Deployment, StatefulSet or DaemonSet named after it.

    As a sidecar it adds containers to other pods, which are not counted.
    """
    spec, mode = custom.spec, custom.spec.text("mode", "deployment")
    if mode == "sidecar":
        custom.note("a sidecar collector adds a container to other pods, which is not counted")
        return
    made = {"daemonset": "DaemonSet", "statefulset": "StatefulSet"}.get(mode, "Deployment")
    count, scaler = spec.integer("replicas", 1), spec.part("autoscaler")
    if scaler.has("maxReplicas"):
        lowest = scaler.integer("minReplicas", count)
        count = custom.chosen(lowest, count, scaler.integer("maxReplicas", count))
    if spec.part("targetAllocator").flag("enabled"):
        custom.note("the target allocator's pods are not counted")
    extra = [item.value for item in spec.parts("additionalContainers")]
    pod = {
        **pod_fields(spec),
        "containers": [{"name": "otc-container", "resources": spec.raw("resources")}, *extra],
        "initContainers": [item.value for item in spec.parts("initContainers")],
        "volumes": [item.value for item in spec.parts("volumes")],
    }
    own = {
        "app.kubernetes.io/managed-by": "opentelemetry-operator",
        "app.kubernetes.io/instance": f"{custom.namespace}.{custom.name}",
        "app.kubernetes.io/component": "opentelemetry-collector",
    }
    yield MadeWorkload(
        kind=made,
        name=f"{custom.name}-collector",
        template={"metadata": {"labels": custom.root.part("metadata").texts("labels"),
                               "annotations": spec.texts("podAnnotations")},
                  "spec": pod},
        at="spec",
        count=count,
        labels=own,
        claims=[item.value for item in spec.parts("volumeClaimTemplates")]
        if made == "StatefulSet" else (),
        paths=(("spec.template.metadata.annotations", spec.where("podAnnotations")),
               *placed(spec)),
    )  # fmt: skip


READERS: dict[tuple[str, str], Reader] = {
    **{("monitoring.coreos.com", kind): monitoring for kind in _KINDS},
    ("opentelemetry.io", "OpenTelemetryCollector"): collector,
}
