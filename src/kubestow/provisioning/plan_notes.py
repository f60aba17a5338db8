"""What any plan of a snapshot assumes, whatever nodes it has."""

from collections.abc import Iterator

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.catalog.usage import node_price
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.resources import USD_PER_HOUR
from kubestow.provisioning.auto_mode_notes import auto_mode_notes
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.volume_need import resolve_class


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


def plan_notes(prepared: PreparedSnapshot) -> Iterator[str]:
    """Yield what any plan of a snapshot assumes."""
    cluster, types = prepared.snapshot.cluster, prepared.snapshot.catalog.instance_types
    automatic = {pool.launched_by for pool in prepared.pools} == {Launcher.AUTO_MODE}
    is_bare = not cluster.daemonsets and not any(pod.daemonset for pod in cluster.pods)
    if is_bare and not (automatic and not cluster.nodes):
        yield (
            "no DaemonSets are in the input: what every EKS node runs (aws-node, kube-proxy, "
            "agents) is not counted; add 'kubectl get daemonsets -A -o yaml'"
        )
    yield from auto_mode_notes(cluster, prepared.pools)
    yield from cluster.assumptions
    yield from cluster.remarks
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
