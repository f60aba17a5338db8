"""Checks of node groups that stay: can kubestow scale them as Cluster Autoscaler did?"""

from collections.abc import Iterator

from kubestow.adoption.context import EKS, KUBERNETES, AdoptionContext, launching, listed
from kubestow.adoption.managers import (
    discovers,
    explicit_groups,
    group_size_least,
    managed_group_of,
    values_of,
)
from kubestow.model import labels as names
from kubestow.model.adoption import ManagedNodes, Manager, ManagerDeployment
from kubestow.model.counted import agreeing, counted
from kubestow.model.finding import Finding, Rule, Subject
from kubestow.model.nodepool import Launcher
from kubestow.model.pod import Pod

_AUTOSCALER = (
    "https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/"
    "README.md"
)
_FAQ = "https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md"
_GROUPS = EKS + "managed-node-groups.html"
OTHER_WAY = Rule("other-way", "info", "There is another way", _GROUPS)
NO_GROUPS = Rule("no-groups", "error", "There is no node group that kubestow can scale", _GROUPS)
NOT_MANAGED = Rule("group-not-managed", "error", "A self-managed group cannot be kept", _GROUPS)
NOT_COVERED = Rule(
    "group-not-covered", "info", "Cluster Autoscaler does not scale all groups", _AUTOSCALER
)
TAGGED = Rule("group-tags", "info", "Tags decide which groups are scaled", _AUTOSCALER)
ZONES = Rule("group-zones", "warning", "A group is in several zones", _AUTOSCALER)
PROTECTED = Rule("node-protected", "info", "Nodes are kept from being scaled down", _FAQ)
UNSEEN = Rule("autoscaler-unseen", "warning",
              "kubestow would not see that Cluster Autoscaler is running", _FAQ)  # fmt: skip
SCALE_DOWN = Rule("scale-down-differs", "warning", "Cluster Autoscaler removes no nodes", _FAQ)
POOLS_BESIDE = Rule("nodepools-beside", "warning", "There are NodePools beside the groups",
                    "https://karpenter.sh/docs/concepts/nodepools/")  # fmt: skip
OWN_LEFT = Rule("own-nodes-left", "error", "Nobody would manage nodes that kubestow launched",
                KUBERNETES + "concepts/overview/working-with-objects/finalizers/")  # fmt: skip
RULES = (
    OTHER_WAY, NO_GROUPS, NOT_MANAGED, NOT_COVERED, TAGGED, ZONES, PROTECTED, UNSEEN, SCALE_DOWN,
    POOLS_BESIDE, OWN_LEFT,
)  # fmt: skip
_MANAGED = Launcher.MANAGED_NODE_GROUP.value
_SEEN_NAMESPACE, _SEEN_LEASE = "kube-system", "cluster-autoscaler"
_KEEPING = (names.SCALE_DOWN_DISABLED, names.DO_NOT_DISRUPT)


def judge(context: AdoptionContext) -> Iterator[Finding]:
    """Yield the findings; where the groups do not stay, only that they can."""
    if not context.keeps_groups:
        yield from _can_stay(context)
        return
    if not context.kept:
        yield _none(context)
    if context.to is not Manager.KUBESTOW:
        yield from _own_left(context)
        return
    autoscaler = context.objects.deployment(Manager.CLUSTER_AUTOSCALER)
    yield from _not_managed(context, autoscaler)
    if autoscaler is not None:
        yield from _coverage(context, autoscaler)
        yield from _unseen(autoscaler)
        yield from _scale_down(autoscaler)
    yield from _zones(context)
    yield from _protected(context)
    yield from _pools_beside(context)
    yield OTHER_WAY.finding(
        Subject("cluster", context.observed.name), "",
        f"found: {counted(len(context.kept), 'node group')} to stay; expected: to be known that "
        "their pods can move to nodes that kubestow launches from NodePools instead, of any "
        "instance types, which may cost less",
        "'kubestow adopt' without --keep-groups plans that, and says what it costs",
    )  # fmt: skip


def _can_stay(context: AdoptionContext) -> Iterator[Finding]:
    own = [g.group.name for g in context.of_manager(Manager.CLUSTER_AUTOSCALER)
           if g.group.kind == _MANAGED]  # fmt: skip
    if own and context.of is Manager.CLUSTER_AUTOSCALER:
        yield OTHER_WAY.finding(
            Subject("cluster", context.observed.name), "",
            f"found: managed node groups ({listed(own)}) that Cluster Autoscaler scales; expected: "
            "to be known that they can stay. kubestow scales them in its place then, and no pod "
            "moves",
            "'kubestow adopt --keep-groups' plans that: the shorter way, without NodePools",
        )  # fmt: skip


def _none(context: AdoptionContext) -> Finding:
    there = listed(f"{g.group.name or 'no group'} ({g.manager})" for g in context.groups)
    return NO_GROUPS.finding(
        Subject("cluster", context.observed.name), "",
        f"found: {there or 'no nodes'}; expected: a managed node group that Cluster Autoscaler "
        "scales, beside the one of --keep",
        "omit --keep, or --keep-groups",
    )  # fmt: skip


def _own_left(context: AdoptionContext) -> Iterator[Finding]:
    own = context.of_manager(Manager.KUBESTOW)
    nodes = [name for group in own if group.group.kind != _MANAGED for name in group.nodes]
    if nodes:
        yield OWN_LEFT.finding(
            Subject("nodes of", "kubestow"), "metadata.finalizers",
            f"found: {listed(nodes)}, which kubestow launched from NodePools; expected: nodes of "
            "node groups alone. With kubestow stopped nobody drains or ends the others",
            "set limits of 0 nodes on the NodePools and delete these Nodes (kubectl delete node): "
            "kubestow drains them, with nodes of the groups in their place, and ends them",
        )  # fmt: skip


def _not_managed(
    context: AdoptionContext, autoscaler: ManagerDeployment | None
) -> Iterator[Finding]:
    own = context.of_manager(Manager.CLUSTER_AUTOSCALER)
    for group in own:
        if group.group.kind != _MANAGED:
            yield NOT_MANAGED.finding(
                Subject(group.group.kind or "group", group.group.name), "",
                f"found: {counted(len(group.nodes), 'node')} of a group that is not EKS's; "
                "expected: a managed node group. With Cluster Autoscaler stopped nobody scales "
                "this one",
                "move its pods to a managed node group first, or leave --keep-groups out",
            )  # fmt: skip
    there = [group.group.name for group in context.groups]
    named = explicit_groups(() if autoscaler is None else autoscaler.arguments)
    for name, least in named.items():
        is_seen = any(group_size_least({name: least}, group) is not None for group in there)
        if not is_seen and not managed_group_of(name):
            yield NOT_MANAGED.finding(
                Subject("Auto Scaling group", name), "--nodes",
                "found: a name that tells no managed node group; expected: one that EKS gives "
                "(eks-GROUP-ID)",
                "aws eks describe-nodegroup tells the Auto Scaling group of a managed one: add its "
                "name to controller.nodeGroups; any other cannot be kept",
                "warning",
            )  # fmt: skip


def _coverage(context: AdoptionContext, autoscaler: ManagerDeployment) -> Iterator[Finding]:
    others = [g for g in context.of_manager(Manager.NOBODY) if g.group.kind == _MANAGED]
    if others:
        yield NOT_COVERED.finding(
            Subject("Deployment", autoscaler.name, autoscaler.namespace), "--nodes",
            f"found: --nodes without {listed(g.group.name for g in others)}; expected: to be known "
            "that kubestow does not scale what Cluster Autoscaler did not. These groups stay at "
            "their size",
            "add them to controller.nodeGroups to let kubestow scale them, too",
        )  # fmt: skip
    if not explicit_groups(autoscaler.arguments) or discovers(autoscaler.arguments):
        yield TAGGED.finding(
            Subject("Deployment", autoscaler.name, autoscaler.namespace),
            "--node-group-auto-discovery",
            f"found: groups that are found by their tags, which a cluster does not show; expected: "
            f"that all with nodes are scaled: {listed(context.kept) or 'none'}. Groups without "
            "nodes are not seen",
            "compare: aws autoscaling describe-auto-scaling-groups --filters "
            "Name=tag-key,Values=k8s.io/cluster-autoscaler/enabled; then add groups to "
            "controller.nodeGroups, or take them out",
        )  # fmt: skip


def _unseen(autoscaler: ManagerDeployment) -> Iterator[Finding]:
    """What makes its Lease another than the one that 'kubestow run --node-group' looks at."""
    own = autoscaler.arguments
    found = [
        f"--leader-elect-resource-name={name}"
        for name in values_of(own, "--leader-elect-resource-name")
        if name != _SEEN_LEASE
    ]
    found += [
        f"--namespace={name}" for name in values_of(own, "--namespace") if name != _SEEN_NAMESPACE
    ]
    found += [f"--leader-elect={text}"
              for text in values_of(own, "--leader-elect") if text.lower() == "false"]  # fmt: skip
    if found:
        yield UNSEEN.finding(
            Subject("Deployment", autoscaler.name, autoscaler.namespace), found[0].split("=")[0],
            f"found: {' '.join(found)}; expected: the Lease {_SEEN_NAMESPACE}/{_SEEN_LEASE}, at "
            "which 'kubestow run --node-group' looks. It would act beside this one",
            "never let it run while kubestow acts: wait until its pods are gone before step act",
        )  # fmt: skip


def _scale_down(autoscaler: ManagerDeployment) -> Iterator[Finding]:
    if "false" in (
        text.lower() for text in values_of(autoscaler.arguments, "--scale-down-enabled")
    ):
        yield SCALE_DOWN.finding(
            Subject("Deployment", autoscaler.name, autoscaler.namespace), "--scale-down-enabled",
            "found: false; expected: to be known that kubestow consolidates nodes of groups once "
            "they have been there for ten minutes",
            "to keep it so, tag the node groups kubestow.dev/consolidate-after=Never before step "
            "act (aws eks tag-resource)",
        )  # fmt: skip


def _zones(context: AdoptionContext) -> Iterator[Finding]:
    zone_of = {node.name: node.zone for node in context.survey.nodes}
    pods: dict[str, list[Pod]] = {}
    for pod in context.observed.snapshot.cluster.pods:
        if pod.node_name:
            pods.setdefault(pod.node_name, []).append(pod)
    for group in _kept(context):
        zones = sorted({zone_of[name] for name in group.nodes if zone_of.get(name)})
        own = [pod for name in group.nodes for pod in pods.get(name, ()) if _needs_zone(pod)]
        if len(zones) > 1 and own:
            named = listed(f"{pod.namespace}/{pod.name}" for pod in own)
            yield ZONES.finding(
                Subject(group.group.kind, group.group.name), "",
                f"found: nodes in {listed(zones)}, and pods with volumes or that are spread over "
                f"zones ({named}); expected: groups of one zone each for them. Auto Scaling "
                "chooses the zone of a new node, so it may be one that such a pod cannot use",
                "give each zone a group of its own, as Cluster Autoscaler asks for, too; volumes "
                "of EFS do not matter",
            )  # fmt: skip


def _needs_zone(pod: Pod) -> bool:
    if pod.volume_claims:
        return True
    spread = (*pod.template.spread, *pod.template.preferences.spread)
    return any(item.topology_key == names.ZONE for item in spread)


def _protected(context: AdoptionContext) -> Iterator[Finding]:
    own = {name for group in _kept(context) for name in group.nodes}
    kept = {
        key: [name for name in sorted(own)
              if name in context.observed.nodes
              and dict(context.observed.nodes[name].annotations).get(key) == "true"]
        for key in _KEEPING
    }  # fmt: skip
    for key, nodes in kept.items():
        if nodes:
            yield PROTECTED.finding(
                Subject("nodes", listed(nodes)), f"metadata.annotations.{key}",
                f"found: {counted(len(nodes), 'node')} with it; expected: to be known that "
                f"{agreeing(len(nodes), 'it stays', 'they stay')} under kubestow, too, unless "
                "unhealthy or taken back by EC2",
                "take the annotation away where it is not meant any more",
            )  # fmt: skip


def _pools_beside(context: AdoptionContext) -> Iterator[Finding]:
    pools = launching(context.observed.snapshot.cluster.nodepools)
    if pools:
        yield POOLS_BESIDE.finding(
            Subject("NodePool", pools[0].name, "", pools[0].source), "",
            f"found: {listed(pool.name for pool in pools)}; expected: node groups alone. kubestow "
            "launches from these, too: the cheapest of all is taken",
            "set limits of 0 nodes on those that are not to be used",
        )  # fmt: skip


def _kept(context: AdoptionContext) -> list[ManagedNodes]:
    kept = set(context.kept)
    return [g for g in context.groups if g.group.kind == _MANAGED and g.group.name in kept]
