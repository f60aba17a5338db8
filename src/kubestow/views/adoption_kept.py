"""The runbook of a change-over in which node groups stay, and of its way back.

No pod moves: Cluster Autoscaler and kubestow take turns at scaling the same groups, one at a time.
What each leaves on Nodes that keeps pods away is taken off before the other begins.
"""

import shlex
from collections.abc import Iterable, Iterator

from kubestow.model import labels as names
from kubestow.model.adoption import REPLICAS_BEFORE, Adoption, Home, Manager, ManagerDeployment
from kubestow.model.counted import counted
from kubestow.views.adoption_commands import (
    CONTROLLER,
    NAMESPACE,
    REPLICAS,
    AdoptionSettings,
    AdoptionStepView,
    configured,
    ended,
    installed,
    lease_read,
    noted,
    replicas_of,
    rolled_out,
    scaled,
)

_LEASE_NAME = "cluster-autoscaler"
_AUTOSCALER_TAINTS = ("ToBeDeletedByClusterAutoscaler", "DeletionCandidateOfClusterAutoscaler")
"""Of nodes that Cluster Autoscaler is about to remove (cluster-autoscaler/utils/taints)."""
_LEAVING, _CORDONED = "kubestow.dev/leaving", "kubestow.dev/cordoned"
_AVOIDED = "kubestow.dev/avoided"
_MARKS = tuple(
    f"kubestow.dev/{name}"
    for name in ("cordoned", "disrupted", "leaving", "forced", "ends-at", "notice-at",
                 "rebalance-at", "scheduled-at", "open-since")
)  # fmt: skip
"""The annotations of kubestow's on Nodes (kubestow.live.marks)."""
_EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
_GROUP = names.EKS_NODE_GROUP
_GROUPS = f"kubectl get nodes -L {_GROUP}"
_WAY_BACK = "'kubestow adopt --back' plans the way back"


def kept_steps(adoption: Adoption, settings: AdoptionSettings) -> Iterator[AdoptionStepView]:
    """Yield the steps by which kubestow scales groups in place of Cluster Autoscaler, in order."""
    manager = adoption.objects.deployment(Manager.CLUSTER_AUTOSCALER)
    yield _granted(adoption)
    yield _dry(adoption, settings)
    yield AdoptionStepView(
        "prepare",
        "compare what it would do",
        "Let it look at some days of your load, beside Cluster Autoscaler. It says in its log what "
        "it would launch and end, and what it found out about the groups.",
        (f"kubectl -n {NAMESPACE} logs deployment/{CONTROLLER} --tail=50",),
        "nothing in it surprises you",
        "nothing to go back from",
    )
    if manager is not None and manager.replicas:
        yield _stopped(manager)
    yield _acting(manager)
    yield AdoptionStepView(
        "after",
        "let kubestow consolidate",
        "It may evict pods by itself now, within PodDisruptionBudgets, to remove nodes that do not "
        "pay. Set limits of your own here.",
        (configured(limits__evictionsPerHour=""), rolled_out(), _GROUPS),
        "groups grow when pods wait, and shrink some ten minutes after they are not needed; its "
        f"deeds are Events, too (kubectl get events -A --field-selector source={NAMESPACE})",
        configured(limits__evictionsPerHour="0"),
    )
    if manager is not None:
        yield AdoptionStepView(
            "after",
            "keep Cluster Autoscaler at 0 replicas as long as you may want to go back",
            "kubestow does nothing as long as Cluster Autoscaler renews its Lease."
            " Remove it later.",
            (f"kubectl -n {shlex.quote(manager.namespace)} get deployment "
             f"{shlex.quote(manager.name)}",),
            "0/0",
            _WAY_BACK,
        )  # fmt: skip


def kept_return_steps(adoption: Adoption) -> Iterator[AdoptionStepView]:
    """Yield the steps by which Cluster Autoscaler scales its groups again, in order."""
    manager = adoption.objects.deployment(Manager.CLUSTER_AUTOSCALER)
    yield AdoptionStepView(
        "stop",
        "stop kubestow",
        "It changes nothing more, and gives its Lease back. The groups, their nodes and the pods "
        "on them stay. Until Cluster Autoscaler runs nobody launches nodes for pods that wait. It "
        "is not started again as a dry run: its pods could push others off their node.",
        (*ended(), lease_read("kube-system", "kubestow")),
        "the Lease kubestow has no holder",
        _again(adoption),
    )
    yield opened(_again(adoption))
    yield _started(manager)
    yield AdoptionStepView(
        "after",
        "remove kubestow",
        "The groups have nothing of it: no finalizer, no label, no tag.",
        (f"helm uninstall kubestow -n {NAMESPACE}",),
        f"kubectl -n {NAMESPACE} get pods lists none",
        "'kubestow adopt --keep-groups' plans the change-over again",
    )


def opened(again: str) -> AdoptionStepView:
    """Return the step that takes kubestow's marks off nodes; ``again`` starts it as it was."""
    return AdoptionStepView(
        "stop",
        "open the nodes that it held or was about to end",
        "Nodes that were coming, about to be replaced or being drained when it was stopped are "
        "cordoned, and those that left have a taint and are out of load balancers. Nodes that "
        "somebody else cordoned stay cordoned, unless kubestow drained them.",
        (*_opened(), f"{_GROUPS} -o wide"),
        "no node is SchedulingDisabled that you have not cordoned yourself",
        f"nothing to go back from: {again} begins anew",
    )


def _again(adoption: Adoption) -> str:
    """Return the command that starts kubestow again, as it was."""
    own = adoption.objects.deployment(Manager.KUBESTOW)
    replicas = REPLICAS if own is None else own.replicas or REPLICAS
    return f"kubectl -n {NAMESPACE} scale deployment/{CONTROLLER} --replicas={replicas}"


def _granted(adoption: Adoption) -> AdoptionStepView:
    return AdoptionStepView(
        "prepare",
        "give kubestow its rights on AWS",
        "The controller needs a role with examples/controller-iam-policy.json. The nodes of "
        "managed node groups have an access entry already.",
        (
            f"aws eks create-pod-identity-association --cluster-name {adoption.eks_cluster} "
            f"--namespace {NAMESPACE} --service-account {CONTROLLER} --role-arn "
            "arn:aws:iam::ACCOUNT:role/KUBESTOW_ROLE",
        ),
        "the command returns an association",
        "aws eks delete-pod-identity-association",
        ("ACCOUNT", "KUBESTOW_ROLE"),
    )


def _dry(adoption: Adoption, settings: AdoptionSettings) -> AdoptionStepView:
    home = adoption.home
    command = installed(settings, adoption.eks_cluster, adoption.region, home)
    groups = shlex.join(["--set", f"controller.nodeGroups={{{','.join(adoption.kept)}}}"])
    return AdoptionStepView(
        "prepare",
        f"install kubestow as a dry run, with {counted(len(adoption.kept), 'node group')}",
        "It changes nothing beside Cluster Autoscaler: it tells in its log what it would do. "
        + _where(home),
        (f"{command} {groups}", rolled_out()),
        "its pod is Ready",
        f"helm uninstall kubestow -n {NAMESPACE}",
        settings.fill_in,
    )


def _where(home: Home | None) -> str:
    if home is None:
        return "It runs on nodes of these groups, as Cluster Autoscaler does."
    return f"It runs on {home.group.kind} {home.group.name}, which nobody scales."


def _stopped(manager: ManagerDeployment) -> AdoptionStepView:
    replicas = replicas_of(manager)
    return AdoptionStepView(
        "stop",
        "stop Cluster Autoscaler",
        "The groups, their nodes and the pods on them stay as they are. From here to the next step "
        "nobody launches nodes for pods that wait. Nodes that it was about to remove are used "
        "again: its taints are taken off. The annotation is for the way back.",
        (
            noted(manager, {REPLICAS_BEFORE: str(replicas)}),
            *scaled(manager, 0),
            *(_untainted(key) for key in _AUTOSCALER_TAINTS),
            lease_read(manager.namespace, _LEASE_NAME),
        ),
        "its Lease is not renewed any more: kubestow waits until it was not for a minute",
        scaled(manager, replicas)[0],
    )


def _acting(manager: ManagerDeployment | None) -> AdoptionStepView:
    again = "" if manager is None else f", then {scaled(manager, replicas_of(manager))[0]}"
    return AdoptionStepView(
        "act",
        "let kubestow act",
        "It grows groups for pods that wait. It evicts nothing yet (a limit of 0); nodes that are "
        "empty may go. Where Cluster Autoscaler did not give its Lease back, kubestow's pods end, "
        "and are started again, until that was not renewed for a minute.",
        (
            configured(mode="act", limits__evictionsPerHour="0"),
            rolled_out(),
            lease_read("kube-system", "kubestow"),
            _GROUPS,
        ),
        "the Lease kubestow has a holder, and pods that wait get nodes of the groups: scale a "
        "Deployment up to see it",
        f"{configured(mode='dry-run', limits__evictionsPerHour='')}{again} (nodes that it held "
        f"stay cordoned: {_WAY_BACK}, and opens them)",
    )


def _started(manager: ManagerDeployment | None) -> AdoptionStepView:
    if manager is None:
        return AdoptionStepView(
            "start", "install Cluster Autoscaler", "No Deployment of it is there.", (),
            "it renews its Lease", "scale it to 0",
        )  # fmt: skip
    return AdoptionStepView(
        "start",
        "start Cluster Autoscaler",
        "It scales the groups again, from the sizes that they have now.",
        (*scaled(manager, replicas_of(manager)), lease_read(manager.namespace, _LEASE_NAME)),
        "its Lease has a holder, and is renewed",
        scaled(manager, 0)[0],
    )


def _opened() -> Iterator[str]:
    """Yield the commands that take off groups' nodes whatever of kubestow's keeps pods away.

    Nodes that kubestow launched from NodePools keep their marks: it may act on them once more.
    """
    for key in (_CORDONED, _LEAVING):
        yield f"{_annotated(key)} | xargs -r kubectl uncordon"
    for key in (_LEAVING, _AVOIDED):
        yield _untainted(key, f" -l {_GROUP}")
    yield f"kubectl label nodes -l {_EXCLUDED}=kubestow,{_GROUP} {_EXCLUDED}-"
    yield shlex.join(["kubectl", "annotate", "nodes", "-l", _GROUP, *_removals(_MARKS)])


def _removals(keys: Iterable[str]) -> Iterator[str]:
    return (f"{key}-" for key in keys)


def _annotated(key: str) -> str:
    """Return the command that lists the nodes of groups with an annotation."""
    path = f".metadata.annotations.{key.replace('.', chr(92) + '.')}"
    return (
        f"kubectl get nodes -l {_GROUP} -o jsonpath='{{range .items[?(@{path})]}}"
        '{.metadata.name}{"\\n"}{end}\''
    )


def _untainted(key: str, of: str = "") -> str:
    """Return the command that takes a taint off the nodes that have it."""
    return (
        f"kubectl get nodes{of} -o jsonpath='"
        "{range .items[*]}{.metadata.name} {.spec.taints[*].key} "
        f"{{\"\\n\"}}{{end}}' | grep ' {key} ' | cut -d' ' -f1 | xargs -r -I NODE kubectl taint "
        f"nodes NODE {key}-"
    )
