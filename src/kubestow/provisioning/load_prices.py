"""Prices of nodes by what runs on them: whoever moves pods of a plan has them made again."""

from collections.abc import Sequence
from dataclasses import replace

from kubestow.catalog.burstable import credits_of, loaded_price, price_before_load, used_milli
from kubestow.model.cpu_credits import SURPLUS
from kubestow.model.instance_type import Price
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.snapshot import Snapshot


def with_load_prices(snapshot: Snapshot, plan: Plan) -> Plan:
    """Return a plan whose new nodes cost what they cost with their pods."""
    types = snapshot.catalog.instance_types
    credits = {
        node.name: own
        for node in plan.nodes
        if not node.existing
        and (own := credits_of(types[node.instance_type], snapshot.cpu_use)) is not None
    }
    if not credits:
        return plan
    nodes = []
    for node, used in zip(plan.nodes, used_of_nodes(snapshot, plan.nodes), strict=True):
        if node.name in credits:
            price = loaded_price(_before_load(node.price), credits[node.name].surplus(used))
            node = node if price == node.price else replace(node, price=price)
        nodes.append(node)
    return replace(plan, nodes=tuple(nodes))


def used_of_nodes(snapshot: Snapshot, nodes: Sequence[PlannedNode]) -> list[int]:
    """Return the millicpu that the pods of each node are taken to use."""
    use, cluster = snapshot.cpu_use, snapshot.cluster
    used = {pod.key: used_milli(pod.template, use) for pod in cluster.pods}
    daemons = {d.key: used_milli(d.template, use) for d in cluster.daemonsets}
    return [
        sum(used[pod] for pod in node.pods)
        + sum(
            used[pod] if pod in used else daemons[pod.removesuffix(f"-{node.name}")]
            for pod in node.daemonset_pods
        )
        for node in nodes
    ]


def _before_load(price: Price) -> Price:
    """Return the price of a node whatever runs on it."""
    extras = tuple(part for part in price.extras if part[0] != SURPLUS)
    return replace(price, nano_usd_per_hour=price_before_load(price), extras=extras)
