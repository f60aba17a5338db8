"""What a plan assumes, and what a user may want to know of it."""

from collections.abc import Iterator

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.catalog.usage import node_price
from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.nodepool import NodePool
from kubestow.model.resources import USD_PER_HOUR
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.provision import Fleet
from kubestow.scheduling.static_filters import constrained_keys
from kubestow.scheduling.volume_need import resolve_class


def plan_notes(fleet: Fleet) -> tuple[str, ...]:
    """Return the notes on the plan of a fleet."""
    return (*_assumptions(fleet.prepared), *_architecture_note(fleet), *_burstable_note(fleet))


def _unpriced(prepared: PreparedSnapshot, pool: NodePool) -> Iterator[str]:
    """Yield how many nodes a limit in dollars does not count, if there are any."""
    if USD_PER_HOUR not in dict(pool.limits):
        return
    prices = prepared.snapshot.catalog.prices()
    own = [c for c in prepared.candidates[: prepared.existing] if c.nodepool == pool.name]
    unknown = sum(node_price(candidate.labels, prices) is None for candidate in own)
    if unknown:
        yield (
            f"existing nodes of NodePool {pool.name} without a known price: {unknown}; they count "
            f"nothing of its limit of {USD_PER_HOUR}"
        )


def _architecture_note(fleet: Fleet) -> Iterator[str]:
    """Yield a warning where pods that name no architecture are put on arm64."""
    prepared = fleet.prepared
    pods = 0
    for node in fleet.nodes[prepared.existing :]:
        if prepared.candidates[node.candidate].labels.get(names.ARCH) == "arm64":
            pods += sum(
                count
                for index, count in node.load
                if names.ARCH not in constrained_keys(prepared.classes[index].template)
            )
    if pods:
        yield (
            f"{counted(pods, 'pod')} without a required architecture planned on arm64: the images "
            "must run there"
        )


def _burstable_note(fleet: Fleet) -> Iterator[str]:
    """Yield what burstable nodes mean, if there are any."""
    prepared = fleet.prepared
    types = prepared.snapshot.catalog.instance_types
    fresh = [
        prepared.candidates[n.candidate].instance_type for n in fleet.nodes[prepared.existing :]
    ]
    burstable = sum(types[name].burstable for name in fresh)
    if burstable:
        yield (
            f"{counted(burstable, 'new node')} of burstable (t) types: pods that use what they "
            "request all day pay for surplus credits there; a NodePool of c, m and r excludes them"
        )


def _assumptions(prepared: PreparedSnapshot) -> Iterator[str]:
    cluster, types = prepared.snapshot.cluster, prepared.snapshot.catalog.instance_types
    if not cluster.daemonsets and not any(pod.daemonset for pod in cluster.pods):
        yield (
            "no DaemonSets are in the input: what every EKS node runs (aws-node, kube-proxy, "
            "agents) is not counted; add 'kubectl get daemonsets -A -o yaml'"
        )
    yield from cluster.assumptions
    judged = {name for b in types.values() for name in capacity_for_limits(b)} | {USD_PER_HOUR}
    for pool in prepared.pools:
        yield from _unpriced(prepared, pool)
        for name, _ in pool.limits:
            if name not in judged:
                yield f"the limit of {name} of NodePool {pool.name} is not judged"
    for daemonset in prepared.daemonsets:
        for why in (*daemonset.template.unsupported, *daemonset.template.scheduling_gates):
            yield f"DaemonSet {daemonset.key} is left out of every node: {why}"
    used = {(pod.namespace, name) for pod in cluster.pods for name in pod.volume_claims}
    assumed = set()
    for key in sorted(used):
        claim = cluster.claims.get(key)
        if claim is not None and not claim.volume_name:
            storage_class = resolve_class(claim, cluster)
            if storage_class is not None and storage_class.is_assumed:
                assumed.add(storage_class.name)
    if assumed:
        yield (
            f"StorageClass not in the input, taken as EBS with WaitForFirstConsumer: "
            f"{', '.join(sorted(assumed))}"
        )
