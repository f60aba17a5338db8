"""The runbook of the way back: from kubestow to Karpenter or to node groups.

Nodes of kubestow have a finalizer of its own, as Karpenter's have. To Karpenter: kubestow is
stopped, Karpenter launches for the pods that are drained, and kubestow acts once more to end its
empty nodes, while Karpenter is off. To node groups: their nodes come first, and kubestow drains and
ends its own.
"""

from collections.abc import Iterator, Sequence

from kubestow.model.adoption import (
    OWN_FINALIZER,
    REPLICAS_BEFORE,
    SELF_MANAGED,
    SIZES_BEFORE,
    Adoption,
    Manager,
    ManagerDeployment,
)
from kubestow.model.counted import counted
from kubestow.model.nodepool import Launcher
from kubestow.model.survey import LaunchGroup
from kubestow.views.adoption_commands import (
    NAMESPACE,
    RUNNING,
    AdoptionStepView,
    configured,
    deleted,
    gone,
    halted,
    lease_read,
    replicas_of,
    resized,
    rolled_out,
    scaled,
    there,
    uncordoned,
    unnoted,
)
from kubestow.views.adoption_kept import opened
from kubestow.views.adoption_steps import moved
from kubestow.views.wave_view import WaveView

_FINALIZED = (
    "kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.finalizers}"
    f'{{"\\n"}}{{end}}\' | grep {OWN_FINALIZER}'
)


def return_steps(adoption: Adoption, waves: Sequence[WaveView]) -> Iterator[AdoptionStepView]:
    """Yield the steps of the way back, in order."""
    manager = adoption.objects.deployment(adoption.to)
    if adoption.to is Manager.KARPENTER:
        yield from _to_karpenter(adoption, waves, manager)
    else:
        yield from _to_groups(adoption, waves, manager)
    yield AdoptionStepView(
        "after",
        "remove kubestow",
        "Only if no Node has its finalizer any more: nobody would take that away, nor end the "
        "instance. Its launch templates stay in EC2, with the tag kubestow.dev/cluster. What the "
        "change-over noted is taken away, so that a later one notes what is there then.",
        (
            f"! {_FINALIZED} && helm uninstall kubestow -n {NAMESPACE}",
            *(() if manager is None else (unnoted(manager, (REPLICAS_BEFORE, SIZES_BEFORE)),)),
        ),
        f"the first command names no Node, and kubectl -n {NAMESPACE} get pods lists none",
        "'kubestow adopt' plans the change-over again",
    )


def _to_karpenter(
    adoption: Adoption, waves: Sequence[WaveView], manager: ManagerDeployment | None
) -> Iterator[AdoptionStepView]:
    yield AdoptionStepView(
        "stop",
        "stop kubestow",
        "It changes nothing more, and gives its Lease back. Its nodes, and the pods on them, stay. "
        "From here to the next step nobody launches nodes for pods that wait.",
        (*halted(), lease_read("kube-system", "kubestow")),
        "the Lease kubestow has no holder",
        configured(mode="act"),
    )
    if has_groups(adoption):
        yield opened(configured(mode="act"))
    yield _started(manager)
    if not waves:
        return
    yield from moved(adoption, waves)
    yield _ended_by_kubestow(adoption, manager)


def _started(manager: ManagerDeployment | None) -> AdoptionStepView:
    if manager is None:
        return AdoptionStepView(
            "start", "install Karpenter", "No Deployment of it is there.", (),
            "it renews its Lease", "scale it to 0",
        )  # fmt: skip
    is_karpenter = manager.manager is Manager.KARPENTER
    name = "karpenter-leader-election" if is_karpenter else "cluster-autoscaler"
    return AdoptionStepView(
        "start",
        f"start {manager.manager}",
        "It launches nodes for pods that wait. Nodes of kubestow count for it as room, and it "
        "changes none.",
        (*scaled(manager, replicas_of(manager)), lease_read(manager.namespace, name)),
        "its Lease has a holder, and is renewed",
        scaled(manager, 0)[0],
    )


def _ended_by_kubestow(adoption: Adoption, manager: ManagerDeployment | None) -> AdoptionStepView:
    nodes = adoption.moving
    own = () if adoption.home is None else (uncordoned(adoption.home.nodes),)
    stop = () if manager is None else scaled(manager, 0)
    start = () if manager is None else scaled(manager, replicas_of(manager))
    return AdoptionStepView(
        "end",
        "let kubestow end the nodes that it launched",
        "They are empty. A Node that is deleted waits for kubestow's finalizer "
        "(kubestow.dev/termination): so kubestow acts once more, launches nothing, ends the "
        "instances, and is stopped again. Karpenter is off meanwhile.",
        (
            *RUNNING,
            *own,
            deleted("node", nodes),
            *stop,
            configured(mode="act", replicas="1", limits__launchesPerHour="0"),
            gone("node", nodes),
            *halted(),
            *start,
        ),
        "kubectl get nodes lists none of them",
        "what was ended is ended. If kubestow cannot be started any more: end the instances (aws "
        "ec2 describe-instances --filters Name=tag:kubestow.dev/cluster,Values="
        f"{adoption.eks_cluster} finds them), and only then take the finalizer off their Nodes "
        "(kubectl patch)",
    )


def _to_groups(
    adoption: Adoption, waves: Sequence[WaveView], manager: ManagerDeployment | None
) -> Iterator[AdoptionStepView]:
    yield AdoptionStepView(
        "act",
        "hold kubestow back",
        "It launches nothing more, and evicts nothing by itself until the groups have their nodes.",
        (configured(limits__launchesPerHour="0", limits__evictionsPerHour="0"), rolled_out()),
        "its log tells of the limits",
        configured(limits__launchesPerHour="", limits__evictionsPerHour=""),
    )
    for group, size in _sizes(manager).items():
        count = str(size) if size else "N"
        least = "MIN"
        yield AdoptionStepView(
            "start",
            f"bring back {group.kind} {group.name}: "
            + (counted(size, "node") if size else "N nodes"),
            "Its nodes are there before kubestow's are drained: no pod waits for a node.",
            (
                resized(group, adoption.eks_cluster, adoption.region, least, count),
                there(group, count),
            ),
            "its nodes are Ready",
            resized(group, adoption.eks_cluster, adoption.region, "0", "0"),
            ("MIN",) if size else ("MIN", "N"),
        )
    if waves:
        yield AdoptionStepView(
            "move",
            "let kubestow evict again",
            "It drains its own Nodes once they are deleted, and still launches nothing: where "
            "their pods have no room on the groups, its nodes stay.",
            (configured(limits__evictionsPerHour=""), rolled_out()),
            "its pods are Ready",
            configured(limits__evictionsPerHour="0"),
        )
        yield from moved(adoption, waves, drains=False)
    own = () if adoption.home is None else (uncordoned(adoption.home.nodes),)
    yield AdoptionStepView(
        "stop",
        "stop kubestow",
        "It has no nodes that it launched any more. Nodes of groups, and the pods on them, stay."
        if has_groups(adoption)
        else "It has no nodes any more.",
        (*own, *halted(), lease_read("kube-system", "kubestow")),
        "the Lease kubestow has no holder",
        configured(mode="act"),
    )
    if has_groups(adoption):
        yield opened(configured(mode="act"))
    if manager is not None:
        yield _started(manager)


def has_groups(adoption: Adoption) -> bool:
    """Return whether kubestow scales managed node groups, whose nodes stay."""
    managed = Launcher.MANAGED_NODE_GROUP.value
    return any(
        group.manager is Manager.KUBESTOW and group.group.kind == managed
        for group in adoption.groups
    )


def _sizes(manager: ManagerDeployment | None) -> dict[LaunchGroup, int]:
    """Return how many nodes groups had before the change-over, or have; 0 where nothing tells."""
    told = manager.note.get(SIZES_BEFORE, "") if manager is not None else ""
    found: dict[LaunchGroup, int] = {}
    for text in filter(None, told.split(",")):
        name, _, size = text.partition("=")
        is_own = name.startswith(SELF_MANAGED)
        kind = Launcher.SELF_MANAGED_NODE_GROUP if is_own else Launcher.MANAGED_NODE_GROUP
        group = LaunchGroup(kind.value, name.removeprefix(SELF_MANAGED))
        found[group] = int(size) if size.isdecimal() else 0
    if found:
        return found
    return {LaunchGroup(Launcher.MANAGED_NODE_GROUP.value, "GROUP"): 0}
