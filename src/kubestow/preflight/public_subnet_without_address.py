"""A node group in public subnets that assign no public addresses: its nodes never join.

Source: EKS user guide, Create a managed node group: since April 2020 a public subnet of a managed
node group must have MapPublicIpOnLaunch.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.setup import ClusterConfig, NodeGroup, Subnet
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "public-subnet-without-address",
    "error",
    "A public subnet assigns no public addresses",
    EKS + "network-reqs.html#network-requirements-subnets",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Check the public subnets of every group without private networking."""
    network, config = context.setup.network, context.setup.config
    if network is None or config is None:
        missing = "--subnets" if network is None else "--cluster-config"
        yield RULE.not_judged(f"no {missing} given")
        return
    undeclared = []
    for capacity in context.capacities:
        group = capacity.group
        if group is None or group.private_networking:
            continue
        used = _subnets(group, config, network.subnets)
        undeclared += [subnet.id for subnet in used if subnet.is_public is None]
        bad = [s.id for s in used if s.is_public and not s.maps_public_address]
        if bad:
            yield RULE.finding(
                capacity.subject,
                f"{group.field}.privateNetworking",
                f"public without MapPublicIpOnLaunch: {listed(bad)}; nodes there get no public "
                "address, cannot reach the cluster and never join",
                "aws ec2 modify-subnet-attribute --map-public-ip-on-launch --subnet-id "
                f"{bad[0]}, or set privateNetworking: true",
            )
    if undeclared:
        yield RULE.not_judged(
            f"it is unknown whether {listed(dict.fromkeys(undeclared))} are public"
        )


def _subnets(group: NodeGroup, config: ClusterConfig, subnets: tuple[Subnet, ...]) -> list[Subnet]:
    named = set(group.subnets) or {name for _, name in config.public_subnets}
    return [
        subnet
        for subnet in subnets
        if (subnet.id in named if named else bool(subnet.is_public))
        and (not group.zones or subnet.zone in group.zones)
    ]
