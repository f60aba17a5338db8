"""Elastic's kinds (ECK): a StatefulSet for each node set, Deployments for the others.

Sources: elastic/cloud-on-k8s pkg/controller/elasticsearch/nodespec/defaults.go, and the pod.go of
kibana, apmserver, logstash, enterprisesearch, beat and agent: what each requests by default.
"""

from collections.abc import Iterator
from typing import Any

from kubestow.adapters.kubernetes.operators.custom import Custom, Reader, with_container
from kubestow.adapters.kubernetes.operators.flat import claim
from kubestow.adapters.kubernetes.operators.made import MadeWorkload

_CLUSTER = "elasticsearch.k8s.elastic.co/cluster-name"
_DEPLOYED = {
    "Kibana": ("kibana", "kb", "1Gi", "Deployment"),
    "ApmServer": ("apm-server", "apm-server", "512Mi", "Deployment"),
    "EnterpriseSearch": ("enterprise-search", "ent", "4Gi", "Deployment"),
    "Logstash": ("logstash", "ls", "2Gi", "StatefulSet"),
}
_AGENTS = {"Agent": ("200m", "350Mi"), "Beat": ("100m", "300Mi")}
_LOGSTASH_CPU = "1"


def elasticsearch(custom: Custom) -> Iterator[MadeWorkload]:
    """Read an Elasticsearch; pods prefer nodes without another of the cluster."""
    for item in custom.spec.parts("nodeSets"):
        template = with_container(item.part("podTemplate"), "elasticsearch", _requests("2Gi"))
        if "affinity" not in template["spec"]:
            template["spec"]["affinity"] = _apart(custom.name)
        name = f"{custom.name}-es-{item.text('name')}"
        claims = [part.value for part in item.parts("volumeClaimTemplates")]
        yield MadeWorkload(
            kind="StatefulSet",
            name=name,
            template=template,
            at=f"{item.path}.podTemplate",
            count=item.integer("count", 0),
            counted_at=item.where("count"),
            labels={_CLUSTER: custom.name, "elasticsearch.k8s.elastic.co/statefulset-name": name},
            claims=claims or [claim("elasticsearch-data", "1Gi", None)],
            claims_at=item.where("volumeClaimTemplates"),
        )


def deployed(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Kibana, ApmServer, EnterpriseSearch or Logstash: count pods of one template."""
    container, suffix, memory, kind = _DEPLOYED[custom.kind]
    template = custom.spec.part("podTemplate")
    cpu = _LOGSTASH_CPU if custom.kind == "Logstash" else ""
    yield MadeWorkload(
        kind=kind,
        name=f"{custom.name}-{suffix}",
        template=with_container(template, container, _requests(memory, cpu)),
        at="spec.podTemplate",
        count=custom.spec.integer("count", 0),
        counted_at="spec.count",
        labels={"common.k8s.elastic.co/type": custom.kind.lower(),
                f"{custom.kind.lower()}.k8s.elastic.co/name": custom.name},
        claims=[item.value for item in custom.spec.parts("volumeClaimTemplates")]
        if kind == "StatefulSet" else (),
    )  # fmt: skip


def agent(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Beat or Agent: a DaemonSet, a Deployment or a StatefulSet."""
    cpu, memory = _AGENTS[custom.kind]
    container = suffix = custom.kind.lower()
    kinds = {"daemonSet": "DaemonSet", "deployment": "Deployment", "statefulSet": "StatefulSet"}
    for field, kind in kinds.items():
        if not custom.spec.has(field):
            continue
        own = custom.spec.part(field)
        name = container if custom.kind == "Agent" else custom.spec.text("type", container)
        middle = f"-{name}" if custom.kind == "Beat" else ""
        yield MadeWorkload(
            kind=kind,
            name=f"{custom.name}-{suffix}{middle}",
            template=with_container(own.part("podTemplate"), name, _requests(memory, cpu)),
            at=f"{own.path}.podTemplate",
            count=own.integer("replicas", 1),
            counted_at=own.where("replicas"),
            labels={"common.k8s.elastic.co/type": custom.kind.lower(),
                    f"{custom.kind.lower()}.k8s.elastic.co/name": custom.name},
        )  # fmt: skip


def _requests(memory: str, cpu: str = "") -> dict[str, Any]:
    requests = {"memory": memory} | ({"cpu": cpu} if cpu else {})
    return {"requests": requests, "limits": {"memory": memory}}


def _apart(name: str) -> dict[str, Any]:
    term = {"topologyKey": "kubernetes.io/hostname",
            "labelSelector": {"matchLabels": {_CLUSTER: name}}}  # fmt: skip
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}


READERS: dict[tuple[str, str], Reader] = {
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): elasticsearch,
    ("kibana.k8s.elastic.co", "Kibana"): deployed,
    ("apm.k8s.elastic.co", "ApmServer"): deployed,
    ("enterprisesearch.k8s.elastic.co", "EnterpriseSearch"): deployed,
    ("logstash.k8s.elastic.co", "Logstash"): deployed,
    ("beat.k8s.elastic.co", "Beat"): agent,
    ("agent.k8s.elastic.co", "Agent"): agent,
}
