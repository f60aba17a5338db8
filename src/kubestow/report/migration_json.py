"""A Migration as JSON: the stable shape of docs/schema/migration.v1alpha1.json.

Law: the same migration gives the same bytes. Money leaves the integers here.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.currency import rounded_to_minor_unit
from kubestow.model.instance_type import NANO_USD
from kubestow.model.migration import (
    LAUNCH_SECONDS,
    LOST,
    NODE_GROUP_SECONDS,
    READY_SECONDS,
    RETRY_SECONDS,
    VOLUME_SECONDS,
    Launch,
    Migration,
    Obstacle,
    Request,
    Wave,
)
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.report.catalog_json import API_VERSION, Document
from kubestow.report.obstacle_text import message, remedies
from kubestow.report.plan_text import detail_text
from kubestow.report.runbook import runbook
from kubestow.views.settings import Settings

_SET_BY_KUBELET = ("kubernetes.io", "k8s.io", "k8s.aws", "eks.amazonaws.com")


def migration_document(
    found: Migration,
    snapshot: Snapshot,
    request: Request,
    settings: Settings,
    asked: tuple[str, str],
    plan: Plan | None,
) -> Document:
    """Return the document; ``asked`` are --from and --to, ``plan`` that of the new nodes."""
    cluster = snapshot.cluster
    document: Document = {
        "apiVersion": API_VERSION,
        "kind": "Migration",
        "region": snapshot.catalog.region,
        "from": {"selector": asked[0], "nodes": _sources(found, cluster, request)},
        "to": asked[1],
        "ends": found.ends,
        "ordersPlayed": found.orders,
        "obstacles": [_obstacle(item, found, plan) for item in found.obstacles],
        "nodesNeeded": found.spares_needed,
        "nodesAdded": found.spares_used,
        "launched": [_launch(item, cluster) for item in found.launched],
        "waves": [_wave(number, wave, found) for number, wave in enumerate(found.waves, 1)],
        "losses": [
            {"pod": item.pod, "kind": item.kind, "volumes": list(item.volumes)}
            for item in found.losses
        ],
        "withoutStandIn": list(found.down),
        "pendingBeforeAndAfter": list(found.waiting),
        "time": {
            "seconds": found.seconds,
            "model": {
                "launchSeconds": LAUNCH_SECONDS,
                "readySeconds": READY_SECONDS,
                "volumeSeconds": VOLUME_SECONDS,
                "retrySeconds": RETRY_SECONDS,
                "nodeGroupSeconds": NODE_GROUP_SECONDS,
            },
        },
        "cost": _cost(found, request, settings),
        "ignored": [
            {"kind": item.kind, "count": item.count, "reason": item.reason}
            for item in cluster.ignored
        ],
        "assumptions": list(dict.fromkeys((*cluster.assumptions, *_notes(found, cluster)))),
        "priceSources": list(snapshot.catalog.sources),
    }
    document["runbook"] = runbook(document)
    return document


def _sources(found: Migration, cluster: Cluster, request: Request) -> list[Document]:
    prices, wanted = dict(request.prices), set(found.sources)
    return [
        {
            "name": node.name,
            "instanceType": dict(node.labels).get(names.INSTANCE_TYPE, ""),
            "zone": dict(node.labels).get(names.ZONE, ""),
            "nodeGroup": node_group(dict(node.labels)),
            "nodePool": dict(node.labels).get(names.NODEPOOL, ""),
            "cluster": dict(node.labels).get(names.EKSCTL_CLUSTER, ""),
            "usdPerHour": _usd(prices.get(node.name)),
        }
        for node in cluster.nodes
        if node.name in wanted
    ]


def node_group(labels: dict[str, str]) -> str:
    """Return the name of a node's node group, where its labels say it."""
    return labels.get(names.EKS_NODE_GROUP) or labels.get(names.EKSCTL_NODE_GROUP, "")


def _usd(nano: int | None) -> float | None:
    return None if nano is None else nano / NANO_USD


def _launch(item: Launch, cluster: Cluster) -> Document:
    group = ""
    if item.model:
        model = next((node for node in cluster.nodes if node.name == item.model), None)
        group = "" if model is None else node_group(dict(model.labels))
    size = sum(node_group(dict(node.labels)) == group for node in cluster.nodes) if group else 0
    asked = _asked_keys(cluster)
    labels = {key: text for key, text in item.node.labels if _is_given(key, asked)}
    return {
        "name": item.node.name,
        "instanceType": item.instance_type,
        "zone": item.zone,
        "capacityType": item.capacity_type,
        "nodePool": item.nodepool,
        "nodeGroup": group,
        "nodeGroupSize": size,
        "copyOf": item.model,
        "usdPerHour": _usd(item.nano_usd_per_hour),
        "labels": {} if group else labels,
        "taints": [{"key": t.key, "value": t.value, "effect": t.effect} for t in item.node.taints],
    }


def _is_given(key: str, asked: frozenset[str]) -> bool:
    """Tell whether whoever launches a node must give it this label: no one else would."""
    domain = key.partition("/")[0]
    if key in names.BETA_ALIASES or domain.endswith(_SET_BY_KUBELET):
        return False
    return key in asked or not domain.startswith("karpenter.")


def _asked_keys(cluster: Cluster) -> frozenset[str]:
    """Return the node labels that some pod asks for."""
    templates = dict.fromkeys(pod.template for pod in cluster.pods)
    found = {key for template in templates for key, _ in template.node_selector}
    for template in templates:
        for term in template.node_affinity or ():
            found |= {item.key for item in term.expressions}
    return frozenset(found)


def _wave(number: int, wave: Wave, found: Migration) -> Document:
    landed = dict(found.landed)
    return {
        "number": number,
        "launch": list(wave.launch),
        "cordon": list(wave.cordon),
        "workloads": [
            {
                "kind": item.kind,
                "namespace": item.namespace,
                "name": item.name,
                "replicas": item.replicas,
                "means": item.means,
                "autoscaler": item.autoscaler,
            }
            for item in wave.workloads
        ],
        "drain": list(wave.drain),
        "pods": [
            {
                "pod": move.pod,
                "node": move.node,
                "means": move.means,
                "budgets": list(move.budgets),
                "graceSeconds": move.grace_seconds,
                "landsOn": landed.get(move.pod),
            }
            for move in wave.moves
        ],
        "seconds": wave.seconds,
        "drainSeconds": wave.drain_seconds,
    }


def _obstacle(item: Obstacle, found: Migration, plan: Plan | None) -> Document:
    refused = next((u for u in (plan.unschedulable if plan else ()) if u.pod == item.pod), None)
    return {
        "pod": item.pod,
        "node": item.node,
        "kind": item.kind,
        "always": item.always,
        "owner": None if item.owner is None else "/".join(item.owner),
        "budgets": list(item.object),
        "refusedBy": list(item.refused),
        "message": message(item),
        "remedies": remedies(item, found),
        "offerings": [
            f"{reason.constraint}: {detail_text(dict(reason.detail))}".rstrip(": ")
            for reason in (refused.reasons if refused else ())
        ],
    }


def _cost(found: Migration, request: Request, settings: Settings) -> Document:
    prices = dict(request.prices)
    left = sum(prices.get(name, 0) for name in found.sources)
    new = [launch.nano_usd_per_hour for launch in found.launched]
    overlap = found.overlap_nano_usd / NANO_USD
    cost: Document = {
        "fromUsdPerHour": left / NANO_USD,
        "launchedUsdPerHour": sum(price or 0 for price in new) / NANO_USD,
        "overlapUsd": overlap,
        "unpriced": list(found.unpriced),
        "local": None,
    }
    if settings.currency.code != "USD":
        code, rate = settings.currency.code, settings.currency.rate
        amount = float(rounded_to_minor_unit(overlap * rate, code))
        cost["local"] = {"code": code, "rate": rate, "overlap": amount}
    return cost


def _notes(found: Migration, cluster: Cluster) -> Iterator[str]:
    """Yield what a user should know before it begins."""
    if any(node_group(dict(n.labels)) for n in cluster.nodes if n.name in found.sources):
        yield (
            f"an update of a managed node group gives a node {NODE_GROUP_SECONDS // 60} minutes to "
            "drain and then fails with PodEvictionFailure unless it is forced; this runbook drains "
            "with kubectl, which has no such limit"
        )
    slow = [str(n) for n, wave in enumerate(found.waves, 1)
            if wave.drain_seconds > NODE_GROUP_SECONDS]  # fmt: skip
    if slow:
        yield (
            f"wave {', '.join(slow)} drains for more than {NODE_GROUP_SECONDS // 60} minutes: an "
            "update of the node group by EKS itself would fail there"
        )
    sources = frozenset(found.sources)
    unjudged = [pod for pod in cluster.pods
                if pod.node_name in sources and pod.template.unsupported]  # fmt: skip
    if unjudged:
        yield (
            f"{len(unjudged)} pods are played as if kube-scheduler alone decided; of "
            f"{unjudged[0].key}: {unjudged[0].template.unsupported[0]}"
        )
    kinds = {move.means for wave in found.waves for move in wave.moves}
    if LOST in kinds:
        yield "--force: pods without a controller are deleted and do not come back"
    if any(launch.nodepool for launch in found.launched):
        yield (
            "the runbook launches the planned nodes as node groups; Karpenter would launch nodes "
            "of its own choice once pods are Pending, which was not played"
        )
