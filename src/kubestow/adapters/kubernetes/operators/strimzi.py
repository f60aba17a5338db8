"""Strimzi's kinds: Kafka, its node pools, Connect, MirrorMaker and Bridge.

Sources: strimzi-kafka-operator api (KafkaSpec, KafkaNodePoolSpec, PodTemplate) and cluster-operator
model (KafkaPool, KafkaCluster, EntityOperator, KafkaConnectCluster, VolumeUtils).
"""

from collections.abc import Iterator
from typing import Any

from kubestow.adapters.kubernetes.operators.custom import Custom, Reader
from kubestow.adapters.kubernetes.operators.flat import claim
from kubestow.adapters.kubernetes.operators.made import MadeWorkload
from kubestow.adapters.kubernetes.operators.part import Part

_CLUSTER, _NAME, _POOL = "strimzi.io/cluster", "strimzi.io/name", "strimzi.io/pool-name"
_COPIED = ("affinity", "priorityClassName", "schedulerName", "terminationGracePeriodSeconds",
           "tolerations", "topologySpreadConstraints")  # fmt: skip
_RACK = "that rack awareness needs nodes with its label, and prefers to spread, is not followed"
_UNREAD = ("cruiseControl", "kafkaExporter", "jmxTrans")


def kafka(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Kafka: brokers and ZooKeeper where it has replicas, and the entity operator."""
    spec = custom.spec
    for component in ("kafka", "zookeeper"):
        part = spec.part(component)
        if part.has("replicas"):
            yield _pod_set(part, part, component, custom.name, {})
        if part.part("rack").value:
            custom.note(_RACK)
    operator = spec.part("entityOperator")
    if operator.has("topicOperator") or operator.has("userOperator"):
        yield _entity_operator(custom, operator)
    for name in _UNREAD:
        if spec.has(name):
            yield _deployment(custom, spec.part(name), name)


def node_pool(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a KafkaNodePool; what it lacks is that of its Kafka, which its label names."""
    labels = custom.root.part("metadata", "labels")
    cluster = labels.text(_CLUSTER)
    owner = custom.find("Kafka", custom.namespace, cluster)
    above = owner.part("spec", "kafka") if owner is not None else Part()
    if above.part("rack").value:
        custom.note(_RACK)
    yield _pod_set(custom.spec, above, custom.name, cluster, {_POOL: custom.name})


def connect(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a KafkaConnect, KafkaMirrorMaker2 or KafkaBridge, which has 1 replica by default."""
    suffix = {"KafkaConnect": "connect", "KafkaBridge": "bridge"}.get(custom.kind, "mirrormaker2")
    if custom.spec.part("rack").value:
        custom.note(_RACK)
    default = 1 if custom.kind == "KafkaBridge" else 3
    yield _pod_set(custom.spec, Part(), suffix, custom.name, {}, default)


def _pod_set(
    part: Part, above: Part, suffix: str, cluster: str, labels: dict[str, str], default: int = 0
) -> MadeWorkload:
    """Return a StrimziPodSet, whose pods and claims are named as a StatefulSet's."""
    holder = part if part.has("resources") else above
    name = f"{cluster}-{suffix}"
    template = (part if part.has("template") else above).part("template", "pod")
    return MadeWorkload(
        kind="StatefulSet",
        name=name,
        template=_template(template, [{"name": suffix, "resources": holder.raw("resources")}]),
        at=template.path,
        count=part.integer("replicas", default),
        counted_at=part.where("replicas"),
        labels={_CLUSTER: cluster, **labels} if labels else {_CLUSTER: cluster, _NAME: name},
        claims=list(_claims(part.part("storage"))),
        claims_at=part.where("storage"),
        paths=(("spec.template.spec.containers[0].resources", holder.where("resources")),
               ("spec.template.spec", template.path)),
        owner=("StrimziPodSet", name),
    )  # fmt: skip


def _template(template: Part, containers: list[dict[str, Any]]) -> dict[str, Any]:
    pod = {key: template.raw(key) for key in _COPIED if template.has(key)}
    metadata = template.part("metadata").metadata()
    return {"metadata": metadata, "spec": {**pod, "containers": containers}}


def _claims(storage: Part) -> Iterator[dict[str, Any]]:
    """Yield claim templates: data, or data-ID of a jbod; ephemeral storage has none."""
    if storage.text("type") == "jbod":
        for item in storage.parts("volumes"):
            if item.text("type") == "persistent-claim":
                yield _claim(f"data-{item.integer('id', 0)}", item)
    elif storage.text("type") == "persistent-claim":
        yield _claim("data", storage)


def _claim(name: str, storage: Part) -> dict[str, Any]:
    return claim(name, storage.raw("size"), storage.raw("class"))


def _entity_operator(custom: Custom, operator: Part) -> MadeWorkload:
    names = ("topicOperator", "userOperator", "tlsSidecar")
    containers = [
        {"name": name, "resources": operator.part(name).raw("resources")}
        for name in names if operator.has(name)
    ]  # fmt: skip
    template = operator.part("template", "pod")
    return MadeWorkload(
        kind="Deployment",
        name=f"{custom.name}-entity-operator",
        template=_template(template, containers),
        at=template.path,
        count=1,
        labels={_CLUSTER: custom.name, _NAME: f"{custom.name}-entity-operator"},
        paths=(("spec.template.spec.containers", operator.path),),
    )


def _deployment(custom: Custom, part: Part, name: str) -> MadeWorkload:
    suffix = {"cruiseControl": "cruise-control", "kafkaExporter": "kafka-exporter"}.get(name, name)
    template = part.part("template", "pod")
    return MadeWorkload(
        kind="Deployment",
        name=f"{custom.name}-{suffix}",
        template=_template(template, [{"name": suffix, "resources": part.raw("resources")}]),
        at=template.path,
        count=1,
        labels={_CLUSTER: custom.name, _NAME: f"{custom.name}-{suffix}"},
        paths=(("spec.template.spec.containers", part.path),),
    )


READERS: dict[tuple[str, str], Reader] = {
    ("kafka.strimzi.io", "Kafka"): kafka,
    ("kafka.strimzi.io", "KafkaNodePool"): node_pool,
    **{
        ("kafka.strimzi.io", kind): connect
        for kind in ("KafkaBridge", "KafkaConnect", "KafkaMirrorMaker2")
    },
}
