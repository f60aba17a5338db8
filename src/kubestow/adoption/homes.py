"""Where kubestow itself runs meanwhile: nodes that stay, and that it did not launch.

A controller on a node that it drains evicts itself, and nobody may be left who launches a node for
it. So some nodes stay, whoever managed them: those of a group that is not moved.
"""

from collections.abc import Iterable, Iterator

from kubestow.adoption.context import KUBERNETES, AdoptionContext, listed
from kubestow.model.adoption import Home, ManagedNodes, Manager
from kubestow.model.finding import Finding, Rule, Subject
from kubestow.model.input_error import InputError
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.survey import Survey

HOME = Rule("no-home", "error", "kubestow has no node of its own to run on",
            KUBERNETES + "concepts/scheduling-eviction/assign-pod-node/")  # fmt: skip
FULL = Rule("home-full", "warning", "The nodes that stay have no room for kubestow",
            KUBERNETES + "concepts/scheduling-eviction/pod-priority-preemption/")  # fmt: skip
SCALED = Rule("home-scaled", "warning", "kubestow runs on nodes that it scales itself",
              KUBERNETES + "concepts/scheduling-eviction/assign-pod-node/")  # fmt: skip
RULES = (HOME, FULL, SCALED)
_CPU, _MEMORY = 500, 512 * 2**20
"""What each of kubestow's pods requests at most (charts/kubestow/values.yaml)."""
_PODS = 4
"""The view, two controllers, and one more while they are replaced."""
_CONTROLLER = "kubestow-controller-"
"""How the names of its pods begin (charts/kubestow)."""
NODES_KEPT = 2
"""Of the only group: enough for two controllers, of which one acts."""


def home_of(groups: Iterable[ManagedNodes], of: Manager, keep: str = "") -> Home | None:
    """Return the nodes that stay.

    That is the group named ``keep``; else one without taints that is not moved, best one that
    nobody scales; else, of several groups that are moved, the cheapest without taints; else some
    nodes of the only one. Only Ready, schedulable Linux nodes count; Karpenter's never stay. Raise
    InputError where no group is called ``keep``, or none of its nodes counts.
    """
    there = [group for group in groups if group.group.name]
    able = [group for group in there
            if group.manager in (Manager.NOBODY, Manager.CLUSTER_AUTOSCALER)]  # fmt: skip
    if keep:
        found = next((group for group in able if group.group.name == keep), None)
        if found is None:
            known = ", ".join(group.group.name for group in able) or "no node group"
            raise InputError(
                f"--keep {keep}: no node group of that name has nodes", hint=f"there is {known}"
            )
        if not found.fit:
            raise InputError(
                f"--keep {keep}: none of its nodes is Ready, schedulable and of Linux",
                hint="uncordon one (kubectl uncordon), or name another group",
            )
        return Home(found.group, found.fit)
    open_ones = [group for group in able if group.fit and not group.is_tainted]
    stays = [group for group in open_ones if group.manager is not of]
    if stays:
        best = max(stays, key=lambda group: (group.manager is Manager.NOBODY, len(group.fit)))
        return Home(best.group, best.fit)
    moved = sorted(open_ones, key=lambda group: (group.nano_usd_per_hour, group.group.name))
    if len(moved) > 1:
        return Home(moved[0].group, moved[0].fit)
    if moved and len(moved[0].fit) > NODES_KEPT:
        return Home(moved[0].group, moved[0].fit[:NODES_KEPT], is_part=True)
    return Home(moved[0].group, moved[0].fit) if moved else None


def home_beside(groups: Iterable[ManagedNodes], keep: str = "") -> Home | None:
    """Return the nodes of a group that nobody scales, for kubestow, where it scales the others.

    That is the group named ``keep``, else one that Cluster Autoscaler does not scale. Raise
    InputError as home_of does.
    """
    unscaled = [group for group in groups if group.manager is Manager.NOBODY]
    return home_of(groups if keep else unscaled, Manager.CLUSTER_AUTOSCALER, keep)


def home_of_controller(groups: Iterable[ManagedNodes], survey: Survey) -> Home | None:
    """Return the nodes on which kubestow's controller runs, if they are not its own.

    Those that are cordoned already are left alone: nobody uncordons them at the end.
    """
    own = {name for group in groups if group.manager is Manager.KUBESTOW for name in group.nodes}
    nodes = [
        node
        for node in survey.nodes
        if node.name not in own
        and not node.cordoned
        and any(pod.key.rpartition("/")[2].startswith(_CONTROLLER) for pod in node.pods)
    ]
    return Home(nodes[0].group, tuple(node.name for node in nodes)) if nodes else None


def judge(context: AdoptionContext) -> Iterator[Finding]:
    """Yield a finding where nothing stays."""
    if context.to is not Manager.KUBESTOW:
        return
    if context.home is not None:
        yield from _full(context, context.home)
        return
    if context.keeps_groups:
        yield SCALED.finding(
            Subject("cluster", context.observed.name), "",
            f"found: {listed(context.kept) or 'no group'}, all of which it scales; expected: a "
            "node group that nobody scales. It drains nodes with its own pods on them like others, "
            "once there is room for these elsewhere",
            "--keep GROUP leaves one to it, and out of what it scales; or add a small one",
        )  # fmt: skip
        return
    fargate = context.of_manager(Manager.FARGATE)
    there = listed(
        f"{group.group.name or 'no group'} ({group.manager})" for group in context.groups
    )
    yield HOME.finding(
        Subject("cluster", context.observed.name), "",
        f"found: {there or 'no nodes'}; expected: Ready, schedulable Linux nodes of a node "
        "group without taints that nobody drains. kubestow must not run on nodes that it launched: "
        "it would evict itself",
        "uncordon nodes of a group that stays, or add a small one: eksctl create nodegroup "
        "--cluster CLUSTER --name system --nodes 2 --node-type t3.medium"
        + ("; or a Fargate profile for the namespace kubestow" if fargate else ""),
    )  # fmt: skip


def _full(context: AdoptionContext, home: Home) -> Iterator[Finding]:
    """Yield a finding where kubestow's pods fit only in place of others."""
    room = 0
    for node in context.survey.nodes:
        if node.name in home.nodes:
            there, asked = dict(node.allocatable), dict(node.requested)
            free = (
                there.get(CPU, 0) - asked.get(CPU, 0),
                there.get(MEMORY, 0) - asked.get(MEMORY, 0),
            )
            room += max(0, min(free[0] // _CPU, free[1] // _MEMORY))
    if room < _PODS:
        yield FULL.finding(
            Subject(home.group.kind, home.group.name), "",
            f"found: room for {room} more pods of {_CPU}m and 512Mi; expected: for {_PODS} (the "
            "view, two controllers, one more while they are replaced). By their PriorityClass "
            "system-cluster-critical they take the place of others, which wait then",
            "add a node to the group, or choose another with --keep",
        )  # fmt: skip
