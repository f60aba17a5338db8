"""Databases whose pods follow from a size: CloudNativePG, Zalando's postgresql, RabbitMQ.

Sources: cloudnative-pg pkg/specs pods.go (CreateAffinitySection) and pvcs.go; zalando
postgres-operator docs/reference/operator_parameters.md and cluster_manifest.md; rabbitmq
cluster-operator api/v1beta1 rabbitmqcluster_types.go and internal/resource/statefulset.go.
"""

from collections.abc import Iterator
from typing import Any

from kubestow.adapters.kubernetes.operators.custom import Custom, Reader, merged
from kubestow.adapters.kubernetes.operators.flat import claim, placed, pod_fields
from kubestow.adapters.kubernetes.operators.made import MadeWorkload
from kubestow.adapters.kubernetes.operators.part import Part

_HOSTNAME = "kubernetes.io/hostname"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_CNPG = "cnpg.io/cluster"
_SPILO = {"requests": {"cpu": "100m", "memory": "100Mi"}}
_RABBIT = {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}}
_SETUP = {"name": "setup-container", "resources": {"requests": {"cpu": "100m", "memory": "500Mi"}}}


def cnpg_cluster(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Cluster of CloudNativePG: instances apart from each other, with a claim each."""
    spec, affinity = custom.spec, custom.spec.part("affinity")
    pod: dict[str, Any] = {
        "containers": [{"name": "postgres", "resources": spec.raw("resources")}],
        "affinity": _cnpg_affinity(custom.name, affinity),
        "nodeSelector": affinity.raw("nodeSelector"),
        "tolerations": affinity.raw("tolerations"),
    }
    for key in ("priorityClassName", "schedulerName", "topologySpreadConstraints"):
        pod[key] = spec.raw(key)
    if spec.part("managed").value or spec.raw("tablespaces"):
        custom.note("claims of tablespaces are not counted")
    storages = [("", spec.part("storage")), ("-wal", spec.part("walStorage"))]
    yield MadeWorkload(
        kind="StatefulSet",
        name=custom.name,
        template={"metadata": spec.part("inheritedMetadata").metadata(),
                  "spec": {k: v for k, v in pod.items() if v is not None}},
        at="spec",
        count=spec.integer("instances", 1),
        counted_at="spec.instances",
        labels={_CNPG: custom.name, "cnpg.io/podRole": "instance"},
        claims=[_cnpg_claim(f"pg{suffix or '-data'}", part) for suffix, part in storages
                if part.value],
        claims_at="spec.storage",
        paths=(("spec.template.spec.affinity", affinity.path),
               ("spec.template.spec.nodeSelector", affinity.where("nodeSelector")),
               ("spec.template.spec.tolerations", affinity.where("tolerations")),
               ("spec.template.metadata", spec.where("inheritedMetadata")),
               *placed(spec)),
        owner=(custom.kind, custom.name),
        start=1,
    )  # fmt: skip


def _cnpg_claim(name: str, storage: Part) -> dict[str, Any]:
    template = storage.part("pvcTemplate")
    made = claim(name, storage.quantity("size"), storage.raw("storageClass"))
    spec = {**made["spec"], **template.value}
    if not storage.has("size") and template.has("resources"):
        spec["resources"] = template.raw("resources")
    else:
        spec["resources"] = made["spec"]["resources"]
    return {**made, "spec": spec}


def _cnpg_affinity(name: str, given: Part) -> dict[str, Any] | None:
    """Return the affinity of an instance: podAntiAffinityType defaults to preferred."""
    affinity: dict[str, Any] = {}
    more = given.part("additionalPodAntiAffinity")
    apart = {key: list(more.parts(key)) for key in (_REQUIRED, _PREFERRED)}
    terms: dict[str, list[Any]] = {key: [t.value for t in items] for key, items in apart.items()}
    if given.raw("enablePodAntiAffinity") is not False:
        term = {
            "topologyKey": given.text("topologyKey", _HOSTNAME),
            "labelSelector": {"matchLabels": {_CNPG: name, "cnpg.io/podRole": "instance"}},
        }
        if given.text("podAntiAffinityType", "preferred") == "required":
            terms[_REQUIRED].insert(0, term)
        else:
            terms[_PREFERRED].insert(0, {"weight": 100, "podAffinityTerm": term})
    affinity["podAntiAffinity"] = terms
    if given.has("nodeAffinity"):
        affinity["nodeAffinity"] = given.raw("nodeAffinity")
    if given.has("additionalPodAffinity"):
        affinity["podAffinity"] = given.raw("additionalPodAffinity")
    return affinity


def zalando_postgresql(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a postgresql of Zalando's operator: a StatefulSet named after it."""
    spec = custom.spec
    custom.note(
        "what the operator's configuration adds (node readiness labels, tolerations, sidecars, "
        "anti-affinity) is not counted"
    )
    if spec.flag("enableConnectionPooler") or spec.flag("enableReplicaConnectionPooler"):
        custom.note("the connection pooler's pods are not counted")
    resources = spec.part("resources")
    requests = {**_SPILO["requests"], **resources.part("requests").value}
    pod: dict[str, Any] = {
        "containers": [
            {"name": "postgres", "resources": {"requests": requests}},
            *({"name": item.text("name"), "resources": item.raw("resources")}
              for item in spec.parts("sidecars")),
        ],
        "tolerations": spec.raw("tolerations"),
        "initContainers": spec.raw("initContainers"),
    }  # fmt: skip
    if spec.has("nodeAffinity"):
        pod["affinity"] = {"nodeAffinity": spec.raw("nodeAffinity")}
    if spec.has("podPriorityClassName"):
        pod["priorityClassName"] = spec.raw("podPriorityClassName")
    volume = spec.part("volume")
    yield MadeWorkload(
        kind="StatefulSet",
        name=custom.name,
        template={"spec": pod},
        at="spec",
        count=spec.integer("numberOfInstances", 0),
        counted_at="spec.numberOfInstances",
        labels={"application": "spilo", "cluster-name": custom.name},
        claims=[claim("pgdata", volume.raw("size"), volume.raw("storageClass"))],
        claims_at="spec.volume",
        paths=placed(spec),
    )


def rabbitmq_cluster(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a RabbitmqCluster: replicas (1), resources (1 cpu, 2Gi) and persistence (10Gi)."""
    spec = custom.spec
    override = spec.part("override", "statefulSet", "spec", "template", "spec")
    if override.value:
        custom.note("of spec.override, only containers and fields of placement are followed")
    main = {"name": "rabbitmq", "resources": spec.raw("resources") or _RABBIT}
    pod = {
        **pod_fields(spec),
        **pod_fields(override),
        "containers": merged([main], override, "containers"),
        "initContainers": [_SETUP],
    }
    disk = spec.part("persistence")
    size = disk.quantity("storage", "10Gi")
    yield MadeWorkload(
        kind="StatefulSet",
        name=f"{custom.name}-server",
        template={"spec": pod},
        at="spec",
        count=spec.integer("replicas", 1),
        labels={"app.kubernetes.io/name": custom.name, "app.kubernetes.io/component": "rabbitmq",
                "app.kubernetes.io/part-of": "rabbitmq"},
        claims=[] if size in ("0", "0Gi") else [claim("persistence", size,
                                                     disk.raw("storageClassName"))],
        claims_at="spec.persistence",
        paths=placed(spec),
        generated=("setup-container",),
    )  # fmt: skip


READERS: dict[tuple[str, str], Reader] = {
    ("acid.zalan.do", "postgresql"): zalando_postgresql,
    ("postgresql.cnpg.io", "Cluster"): cnpg_cluster,
    ("rabbitmq.com", "RabbitmqCluster"): rabbitmq_cluster,
}
