"""The runbook of a change-over to kubestow: who stops, who acts, what moves, who ends the nodes.

One manager acts at a time, and each ends the nodes that it launched: Karpenter's Nodes and
NodeClaims have a finalizer that nobody else takes away, so Karpenter runs once more when they are
empty, while kubestow's Lease says stop. Node groups are ended by AWS.
"""

from collections.abc import Iterator, Sequence

from kubestow.model.adoption import (
    REPLICAS_BEFORE,
    SELF_MANAGED,
    SIZES_BEFORE,
    Adoption,
    ManagedNodes,
    Manager,
    ManagerDeployment,
)
from kubestow.model.counted import counted
from kubestow.model.nodepool import Launcher
from kubestow.model.survey import LaunchGroup
from kubestow.views.adoption_commands import (
    CONTROLLER,
    LEASE,
    NAMESPACE,
    RUNNING,
    AdoptionSettings,
    AdoptionStepView,
    configured,
    cordoned,
    deleted,
    ended_in_group,
    gone,
    installed,
    lease_read,
    noted,
    replicas_of,
    resize_done,
    resized,
    rolled_out,
    scaled,
    uncordoned,
)
from kubestow.views.runbook import StepView, drain_step, restored_steps, workload_step
from kubestow.views.wave_view import WaveView

_WAY_BACK = "'kubestow adopt --back' plans the way back"
_LEASE_NAMES = {Manager.KARPENTER: "karpenter-leader-election",
                Manager.CLUSTER_AUTOSCALER: "cluster-autoscaler"}  # fmt: skip


def adoption_steps(
    adoption: Adoption, waves: Sequence[WaveView], settings: AdoptionSettings
) -> Iterator[AdoptionStepView]:
    """Yield the steps of a change-over to kubestow, in order."""
    manager = adoption.objects.deployment(adoption.of)
    yield from _prepared(adoption, settings)
    if manager is not None and manager.replicas:
        yield _stopped(adoption, manager)
        if waves:
            yield _planned_again(adoption, settings)
    yield _acting(manager)
    if waves:
        yield from moved(adoption, waves)
        if adoption.of is Manager.KARPENTER and manager is not None:
            yield _ended_by_karpenter(adoption, manager)
        elif adoption.of is not Manager.KARPENTER:
            yield from _ended_groups(adoption)
    yield _lifted(adoption)
    if manager is not None:
        yield _kept(manager)


def _prepared(adoption: Adoption, settings: AdoptionSettings) -> Iterator[AdoptionStepView]:
    cluster = adoption.eks_cluster
    yield AdoptionStepView(
        "prepare",
        "give kubestow its rights on AWS",
        "The controller needs a role with examples/controller-iam-policy.json, and the role of the "
        "nodes an access entry of type EC2_LINUX, which Karpenter's nodes and managed node groups "
        "have already.",
        (
            f"aws eks create-pod-identity-association --cluster-name {cluster} --namespace "
            f"{NAMESPACE} --service-account {CONTROLLER} --role-arn "
            "arn:aws:iam::ACCOUNT:role/KUBESTOW_ROLE",
            f"aws eks describe-access-entry --cluster-name {cluster} --principal-arn "
            "arn:aws:iam::ACCOUNT:role/NODE_ROLE",
        ),
        "the second command shows type EC2_LINUX",
        "aws eks delete-pod-identity-association",
        ("ACCOUNT", "KUBESTOW_ROLE", "NODE_ROLE"),
    )
    stays = "" if adoption.home is None else (
        f" It runs on {adoption.home.group.kind} {adoption.home.group.name}, whose nodes stay."
    )  # fmt: skip
    yield AdoptionStepView(
        "prepare",
        "install kubestow as a dry run",
        f"It changes nothing: it tells in its log what it would do.{stays}",
        (installed(settings, cluster, adoption.region, adoption.home), rolled_out()),
        "its pod is Ready",
        f"helm uninstall kubestow -n {NAMESPACE}",
        settings.fill_in,
    )
    policy = {Manager.KARPENTER: "optimal,karpenter",
              Manager.CLUSTER_AUTOSCALER: "optimal,cluster-autoscaler"}.get(
        adoption.of, "optimal")  # fmt: skip
    yield AdoptionStepView(
        "prepare",
        "compare what it would do",
        "Let it look at some days of your load. What it would launch for pods that wait is in its "
        "log; what both would do next, and why, in the advice.",
        (
            f"kubectl -n {NAMESPACE} logs deployment/{CONTROLLER} --tail=50",
            f"kubestow advise --cluster --policy {policy}",
        ),
        "nothing in it surprises you",
        "nothing to go back from",
    )


def _stopped(adoption: Adoption, manager: ManagerDeployment) -> AdoptionStepView:
    replicas = replicas_of(manager)
    notes = {REPLICAS_BEFORE: str(replicas)}
    if adoption.of is Manager.CLUSTER_AUTOSCALER:
        own = [group for group in adoption.groups if group.manager is adoption.of]
        told = filter(None, manager.note.get(SIZES_BEFORE, "").split(","))
        sizes = {_named(group.group): str(len(group.nodes)) for group in own if group.group.name}
        sizes |= dict(text.split("=", 1) for text in told if "=" in text)
        notes[SIZES_BEFORE] = ",".join(f"{name}={size}" for name, size in sizes.items())
    return AdoptionStepView(
        "stop",
        f"stop {adoption.of}",
        "Its nodes, and the pods on them, stay as they are. From here to the next step nobody "
        "launches nodes for pods that wait. The annotation is for the way back.",
        (
            noted(manager, notes),
            *scaled(manager, 0),
            lease_read(manager.namespace, _LEASE_NAMES[adoption.of]),
        ),
        "nobody holds its Lease, or the Lease is not renewed any more"
        + (
            ": kubestow waits until it was not for a minute"
            if adoption.of is Manager.KARPENTER
            else ". kubestow looks at it only where it scales node groups: go on when its "
            "pods have ended"
        ),
        f"kubectl -n {manager.namespace} scale deployment/{manager.name} --replicas={replicas}",
    )


def _planned_again(adoption: Adoption, settings: AdoptionSettings) -> AdoptionStepView:
    return AdoptionStepView(
        "stop",
        "plan the moves again",
        f"The waves below are of the nodes and pods that were there before {adoption.of} was "
        "stopped, and may be days old. From here on nothing but you changes the nodes. Groups that "
        "were noted before keep their numbers.",
        (settings.again,),
        "go on with the runbook that it writes (-o markdown), from its step 'let kubestow act'; it "
        f"has no step that stops {adoption.of}. Where the waves are these, go on here",
        "nothing to go back from",
    )


def _named(group: LaunchGroup) -> str:
    is_own = group.kind == Launcher.SELF_MANAGED_NODE_GROUP.value
    return f"{SELF_MANAGED}{group.name}" if is_own else group.name


def _acting(manager: ManagerDeployment | None) -> AdoptionStepView:
    again = "" if manager is None else f", then {scaled(manager, replicas_of(manager))[0]}"
    return AdoptionStepView(
        "act",
        "let kubestow act",
        "It launches nodes for pods that wait. Until the old nodes have gone it evicts nothing by "
        "itself (a limit of 0), so that only the drains below do. Where Karpenter did not give "
        "its Lease back, kubestow's pods end, and are started again, until that was not renewed "
        "for a minute.",
        (
            configured(mode="act", limits__evictionsPerHour="0"),
            rolled_out(),
            lease_read("kube-system", "kubestow"),
        ),
        "the Lease kubestow has a holder, and no pod waits for long",
        f"{configured(mode='dry-run', limits__evictionsPerHour='')}{again} "
        f"(nodes that it has launched meanwhile stay: {_WAY_BACK})",
    )


def moved(
    adoption: Adoption, waves: Sequence[WaveView], *, drains: bool = True
) -> Iterator[AdoptionStepView]:
    """Yield the steps that move pods; without ``drains`` kubestow does, once a Node is deleted."""
    home = () if adoption.home is None else adoption.home.nodes
    nodes = (*adoption.moving, *home)
    yield AdoptionStepView(
        "move",
        f"cordon the {counted(len(adoption.moving), 'old node')}"
        + (", and those of kubestow itself" if home else ""),
        "Pods that are evicted find no room on old nodes, and none moves twice."
        + (" Nor do they take the room that kubestow's pods need when they are replaced."
           if home else ""),
        (cordoned(nodes),),
        "kubectl get nodes shows SchedulingDisabled",
        uncordoned(nodes),
    )  # fmt: skip
    losses = adoption.migration.losses if adoption.migration is not None else ()
    lossy = {item.pod for item in losses if item.kind == "emptyDir"}
    for wave in waves:
        title = f"wave {wave.number} of {len(waves)}"
        for item in wave.workloads:
            yield _of(workload_step(wave.number, item), title)
        if not wave.drain:
            continue
        drained = drain_step(wave, lossy)
        if not drains:
            commands = (f"kubectl delete node {' '.join(wave.drain)} --timeout=30m", *RUNNING)
            yield AdoptionStepView(
                "move", f"{title}: {drained.title.replace('drain', 'delete', 1)}",
                "kubestow drains a Node that is deleted, within PodDisruptionBudgets, and ends its "
                "instance.", commands, "the command returns, and all pods are Ready",
                "a deletion cannot be taken back",
            )  # fmt: skip
            continue
        yield _of(drained, title, *RUNNING)
    for step in restored_steps(waves):
        yield _of(step, "last")


def _of(step: StepView, title: str, *more: str) -> AdoptionStepView:
    return AdoptionStepView(
        "move", f"{title}: {step.title}", "", (*step.commands, *more), step.expect, step.back
    )


def _ended_by_karpenter(adoption: Adoption, manager: ManagerDeployment) -> AdoptionStepView:
    claims = [item.name for item in adoption.objects.nodeclaims if item.node in adoption.moving]
    if not claims:
        return _nobodys(list(adoption.moving), "No NodeClaim of theirs was read")
    home = () if adoption.home is None else adoption.home.nodes
    start, stop = scaled(manager, replicas_of(manager)), scaled(manager, 0)
    return AdoptionStepView(
        "end",
        "let Karpenter end the nodes that it launched",
        "They are empty. A NodeClaim that is deleted while Karpenter is off waits for its "
        "finalizer (karpenter.sh/termination): so Karpenter runs once more, ends the instances, "
        "and is stopped again. Meanwhile kubestow's Lease says stop: never two hands. No pod may "
        "wait then, or Karpenter launches a node for it. Karpenter itself runs on no node that a "
        "NodePool made (its chart's affinity): so the nodes that stay are opened for it.",
        (
            *RUNNING,
            deleted("nodeclaim", claims),
            *((uncordoned(home),) if home else ()),
            f"{LEASE}=now --overwrite",
            *start,
            gone("nodeclaim", claims),
            *stop,
            f"{LEASE}-",
        ),
        "kubectl get nodeclaims lists none; kubestow goes on when Karpenter's Lease was not "
        "renewed for a minute",
        f"what was ended is ended: {_WAY_BACK}, and Karpenter launches other nodes. If Karpenter "
        "cannot be started any more: end the instances (aws ec2 terminate-instances), and only "
        "then take the finalizer off their Nodes and NodeClaims (kubectl patch)",
    )


def _ended_groups(adoption: Adoption) -> Iterator[AdoptionStepView]:
    """Yield a step for each node group (kubestow.views.adoption_kept leaves groups as they are)."""
    moving = set(adoption.moving)
    for group in adoption.groups:
        nodes = [name for name in group.nodes if name in moving]
        if group.manager is not adoption.of or not nodes:
            continue
        if not group.group.name:
            yield _nobodys(nodes, "They are in no group that their labels name")
            continue
        yield _ended_group(adoption, group, nodes)


def _ended_group(adoption: Adoption, group: ManagedNodes, nodes: list[str]) -> AdoptionStepView:
    left = len(group.nodes) - len(nodes)
    size, least = str(len(group.nodes)), "MIN"
    if left:
        commands = (
            resized(group.group, adoption.eks_cluster, adoption.region, str(left), size),
            *resize_done(group.group, adoption.eks_cluster, adoption.region),
            *ended_in_group(nodes, adoption.region),
        )
    else:
        commands = (resized(group.group, adoption.eks_cluster, adoption.region, "0", "0"),)
    return AdoptionStepView(
        "end",
        f"end the {counted(len(nodes), 'empty node')} of {group.group.kind} {group.group.name}",
        "Nobody scales the group any more: its size is what is set."
        + (f" {counted(left, 'node')} of it stay for kubestow." if left else ""),
        (*RUNNING, *commands, gone("node", nodes)),
        "kubectl get nodes lists none of them",
        resized(group.group, adoption.eks_cluster, adoption.region, least, size)
        + " (MIN as before)",
    )


def _nobodys(nodes: list[str], why: str) -> AdoptionStepView:
    return AdoptionStepView(
        "end",
        f"end the {counted(len(nodes), 'empty node')} yourself",
        f"{why}: end them as they were launched.",
        (),
        "kubectl get nodes lists none of them",
        "launch them as before",
    )


def _lifted(adoption: Adoption) -> AdoptionStepView:
    home = () if adoption.home is None else adoption.home.nodes
    return AdoptionStepView(
        "after",
        "let kubestow consolidate",
        "It may evict by itself again, within the NodePools' budgets. Set limits of your own here. "
        "Its nodes take other pods again.",
        (
            configured(limits__evictionsPerHour=""),
            *((uncordoned(home),) if home else ()),
            rolled_out(),
        ),
        "its log tells of its actions",
        configured(limits__evictionsPerHour="0"),
    )


def _kept(manager: ManagerDeployment) -> AdoptionStepView:
    is_karpenter = manager.manager is Manager.KARPENTER
    return AdoptionStepView(
        "after",
        f"keep {manager.manager} at 0 replicas as long as you may want to go back",
        "Remove it later. "
        + ("Keep its definitions: kubestow reads NodePools and EC2NodeClasses from the cluster, "
           "and deleting a NodePool deletes its nodes." if is_karpenter else
           "The node groups can go with it, but for the one that kubestow runs on."),
        (f"kubectl -n {manager.namespace} get deployment {manager.name}",),
        "0/0",
        _WAY_BACK,
    )  # fmt: skip
