"""Subnets with too few free addresses for nodes and pods.

Running nodes and pods of the input have an address and are not counted. Too few for the minimum
(one per node, and one per pod outside the host network) is an error; too few for what nodes take
at maxSize is a warning. All subnets that nodes may use count together, because the zones of pods
are not known yet.
"""

from collections.abc import Iterator
from itertools import chain

from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule, Subject
from kubestow.model.setup import Network, Subnet
from kubestow.preflight.capacity import Capacity
from kubestow.preflight.check_context import CheckContext, runs_on
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "subnet-addresses",
    "error",
    "The subnets have too few free addresses",
    EKS + "network-reqs.html",
)
_ADDRESSES_PER_PREFIX = 16


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare free addresses with what nodes and pods need."""
    network = context.setup.network
    if network is None:
        yield RULE.not_judged("no --subnets given")
        return
    used = _used(context, network)
    free = sum(subnet.available_addresses for subnet in used)
    subject = Subject("subnets", listed(subnet.id for subnet in used), "", network.file)
    nodes = sum(c.desired or 0 for c in context.capacities if c.group is not None)
    nodes = max(0, nodes - len(context.setup.cluster.nodes))
    fargate = sum(w.replicas for w in context.running if context.profiles(w))
    pods = fargate + sum(w.replicas for w in context.on_nodes if not w.host_network)
    pods = max(0, pods - context.bound_pods)
    daemons = nodes * _own_addresses(context)
    least = nodes + pods + daemons
    if least > free:
        yield RULE.finding(
            subject,
            "subnets",
            f"{counted(nodes, 'node')} and {counted(pods + daemons, 'pod')} need at least "
            f"{least:,} addresses, but only {free:,} are free: {_zones(used)}",
            "add a secondary CIDR with custom networking, or larger subnets",
        )
        return
    most = fargate + sum(_taken(capacity, context) for capacity in context.capacities)
    if most > free:
        prefixes = context.networking.prefix_delegation
        filled = "pod slots, in prefixes of 16" if prefixes else "network interfaces"
        yield RULE.finding(
            subject,
            "subnets",
            f"at maxSize, nodes take up to {most:,} addresses once they fill their {filled}, but "
            f"only {free:,} are free: {_zones(used)}",
            "set WARM_IP_TARGET and MINIMUM_IP_TARGET of vpc-cni instead of WARM_ENI_TARGET, add "
            "subnets, or lower maxSize",
            "warning",
        )


def _used(context: CheckContext, network: Network) -> list[Subnet]:
    """Return the subnets that nodes or Fargate pods may use: all, if none are named."""
    named = set(chain.from_iterable(c.group.subnets for c in context.capacities if c.group))
    config = context.setup.config
    if config is not None:
        named |= {name for _, name in (*config.private_subnets, *config.public_subnets)}
    used = [subnet for subnet in network.subnets if subnet.id in named]
    return used or list(network.subnets)


def _own_addresses(context: CheckContext) -> int:
    """Return the most addresses that the DaemonSet pods of any node take."""
    return max(
        (
            sum(not d.host_network and runs_on(d, c.candidates[0]) for d in context.daemonsets)
            for c in context.capacities
            if c.candidates
        ),
        default=0,
    )


def _taken(capacity: Capacity, context: CheckContext) -> int:
    if capacity.group is None or not capacity.most or not capacity.types:
        return 0
    if context.networking.prefix_delegation:
        return capacity.most * max(
            1 + -(-dict(c.allocatable).get("pods", 0) // _ADDRESSES_PER_PREFIX) * 16
            for c in capacity.candidates
        ) if capacity.candidates else 0  # fmt: skip
    return capacity.most * max(t.network_interfaces * t.ipv4_per_interface for t in capacity.types)


def _zones(subnets: list[Subnet]) -> str:
    return listed(f"{s.id} in {s.zone} {s.available_addresses:,}" for s in subnets)
