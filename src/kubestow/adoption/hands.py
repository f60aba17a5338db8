"""Checks of who acts: never two hands on the same nodes, and none that kubestow would not see."""

from collections.abc import Iterator

from kubestow.adoption.context import EKS, KARPENTER, KUBERNETES, AdoptionContext, listed
from kubestow.model.adoption import (
    KARPENTER_FINALIZER,
    OWN_FINALIZER,
    SEEN_NAMESPACES,
    Manager,
)
from kubestow.model.counted import agreeing, counted
from kubestow.model.finding import Finding, Rule, Subject

AUTO_MODE = Rule(
    "auto-mode", "warning", "EKS Auto Mode launches nodes itself", EKS + "automode.html"
)
UNSEEN = Rule("karpenter-unseen", "error", "kubestow would not see that Karpenter is running",
              KARPENTER + "disruption/")  # fmt: skip
TWO_HANDS = Rule("two-hands", "error", "Two managers act on the same pods",
                 KARPENTER + "nodepools/")  # fmt: skip
RESTORED = Rule("scaled-by-others", "warning", "Something else may scale the manager up again",
                KUBERNETES + "concepts/workloads/controllers/deployment/")  # fmt: skip
LEAVING = Rule("nodes-leaving", "error", "Nodes are being deleted, and their manager must end them",
               KUBERNETES + "concepts/overview/working-with-objects/finalizers/")  # fmt: skip
UNREAD = Rule("not-read", "warning", "Some objects could not be read",
              KUBERNETES + "reference/access-authn-authz/rbac/")  # fmt: skip
RULES = (AUTO_MODE, UNSEEN, TWO_HANDS, RESTORED, LEAVING, UNREAD)
_GITOPS = (
    ("argocd.argoproj.io/", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/", "Flux"),
    ("helm.toolkit.fluxcd.io/", "Flux"),
)


def judge(context: AdoptionContext) -> Iterator[Finding]:
    """Yield the findings."""
    yield from _auto_mode(context)
    yield from _unseen(context)
    yield from _two_hands(context)
    yield from _restored(context)
    yield from _leaving(context)
    for note in (*context.objects.unread, *context.notes):
        yield UNREAD.finding(
            Subject("cluster", context.observed.name), "",
            f"found: {note}; expected: all that a change-over depends on can be read",
            "run it as a user who may list these objects; what is missing is not judged",
        )  # fmt: skip


def _auto_mode(context: AdoptionContext) -> Iterator[Finding]:
    groups = context.of_manager(Manager.AUTO_MODE)
    nodes = [name for group in groups for name in group.nodes]
    if nodes:
        alone = len(nodes) == sum(len(group.nodes) for group in context.groups)
        yield AUTO_MODE.finding(
            Subject("nodes of", "EKS Auto Mode"), "",
            f"found: {counted(len(nodes), 'node')} of EKS Auto Mode ({listed(nodes)}); expected: "
            "nodes whose launcher can be stopped. EKS launches and ends these itself: they cannot "
            "be adopted and stay as they are",
            "give their pods NodePools of karpenter.k8s.aws to run on, then disable Auto Mode's "
            "node pools: aws eks update-cluster-config --compute-config",
            "error" if alone else None,
        )  # fmt: skip


def _unseen(context: AdoptionContext) -> Iterator[Finding]:
    for item in context.objects.deployments:
        if item.manager is Manager.KARPENTER and item.namespace not in SEEN_NAMESPACES:
            yield UNSEEN.finding(
                Subject("Deployment", item.name, item.namespace), "metadata.namespace",
                f"found: Karpenter in the namespace {item.namespace}; expected: one of "
                f"{', '.join(SEEN_NAMESPACES)}, where 'kubestow run' looks for its Lease. It would "
                "act beside this one",
                "never let it run while kubestow acts, or install it in kube-system first",
            )  # fmt: skip
    own = context.objects.deployment(Manager.KARPENTER)
    nodes = [name for group in context.of_manager(Manager.KARPENTER) for name in group.nodes]
    held = [lease for lease in context.objects.leases
            if lease.manager is Manager.KARPENTER and lease.is_held(context.at)]  # fmt: skip
    if held and own is None:
        yield UNSEEN.finding(
            Subject("Lease", held[0].name, held[0].namespace), "spec.holderIdentity",
            f"found: {held[0].holder} renews Karpenter's Lease, but no Deployment of Karpenter; "
            "expected: a Deployment that can be scaled to 0",
            "find what runs it (kubectl get pods -A | grep karpenter) and stop that instead",
        )  # fmt: skip
    elif nodes and own is None and context.to is Manager.KUBESTOW:
        yield UNSEEN.finding(
            Subject("nodes of", str(Manager.KARPENTER)), "",
            f"found: {listed(nodes)} that Karpenter launched, but no Deployment of Karpenter; "
            "expected: its Deployment, which is scaled to 0 before kubestow acts and to its "
            "replicas once more to end these nodes",
            "give the Deployments with the other objects, and give Karpenter's the label "
            "app.kubernetes.io/name=karpenter; install it with 0 replicas if it is not there",
        )  # fmt: skip


def _two_hands(context: AdoptionContext) -> Iterator[Finding]:
    others = [
        item for item in (Manager.KARPENTER, Manager.CLUSTER_AUTOSCALER) if context.runs(item)
    ]
    held = any(lease.is_held(context.at) for lease in context.objects.leases
               if lease.manager is Manager.KUBESTOW)  # fmt: skip
    if held and others:
        yield TWO_HANDS.finding(
            Subject("Lease", "kubestow", "kube-system"), "spec.holderIdentity",
            f"found: a kubestow that acts, and {' and '.join(others)} running; expected: one of "
            "them. Each launches nodes for the same Pending pods",
            "wait a minute if one was stopped just now; else stop one of them: kubectl -n "
            "kube-system annotate lease kubestow kubestow.dev/stop=now stops all actions of "
            "kubestow within two seconds",
        )  # fmt: skip
    for left in others:
        if left in (context.of, context.to):
            continue
        yield TWO_HANDS.finding(
            Subject("cluster", context.observed.name), "",
            f"found: {left} is running; expected: after the change-over from {context.of} nobody "
            f"but {context.to} launches nodes for Pending pods",
            f"change over from {left} as well (--of {left.lower().replace(' ', '-')}), or scale "
            "its Deployment to 0",
        )  # fmt: skip
    for manager in (Manager.KARPENTER, Manager.CLUSTER_AUTOSCALER):
        several = context.objects.running(manager)
        if len(several) > 1:
            yield TWO_HANDS.finding(
                Subject("Deployment", several[0].name, several[0].namespace), "spec.replicas",
                f"found: {listed(item.path for item in several)}, all of {manager}; expected: one "
                "with replicas. The runbook stops and starts one, and the others would act beside "
                "kubestow",
                "give all nodes to one, and scale the others to 0: kubectl scale",
            )  # fmt: skip


def _restored(context: AdoptionContext) -> Iterator[Finding]:
    for item in context.objects.deployments:
        if item.manager is Manager.KUBESTOW:
            continue
        keys = [key for key, _ in (*item.labels, *item.annotations)]
        owner = next(
            (who for prefix, who in _GITOPS if any(k.startswith(prefix) for k in keys)), ""
        )
        if owner:
            yield RESTORED.finding(
                Subject("Deployment", item.name, item.namespace), "spec.replicas",
                f"found: labels of {owner}; expected: replicas that stay at 0 once they are set. "
                f"{owner} sets them back, and both would act",
                f"set replicas to 0 in what {owner} applies, or let it ignore spec.replicas",
            )  # fmt: skip


def _leaving(context: AdoptionContext) -> Iterator[Finding]:
    """Nodes that somebody deleted before: their finalizer waits for the manager that is stopped."""
    own = OWN_FINALIZER if context.of is Manager.KUBESTOW else KARPENTER_FINALIZER
    nodes = [name for name, details in sorted(context.observed.nodes.items())
             if details.is_deleted and own in details.finalizers]  # fmt: skip
    if context.of is Manager.KARPENTER:
        yield from _unclaimed(context)
        nodes += [claim.node for claim in context.objects.nodeclaims
                  if claim.is_deleted and claim.node]  # fmt: skip
    nodes = list(dict.fromkeys(nodes))
    if nodes and context.runs(context.of):
        yield LEAVING.finding(
            Subject("nodes of", str(context.of)), "metadata.deletionTimestamp",
            f"found: {listed(nodes)} {agreeing(len(nodes), 'is', 'are')} being deleted; expected: "
            f"none. Their finalizer ({own}) keeps them until {context.of} has drained and ended "
            "them, which it does not do while it is stopped",
            "wait until they are gone: kubectl get nodes,nodeclaims",
        )  # fmt: skip


def _unclaimed(context: AdoptionContext) -> Iterator[Finding]:
    """Karpenter ends a node by its NodeClaim, which the runbook names: each needs the other."""
    coming = [claim.name for claim in context.objects.nodeclaims if not claim.node]
    if coming:
        yield LEAVING.finding(
            Subject("NodeClaim", listed(coming)), "status.nodeName",
            f"found: {counted(len(coming), 'NodeClaim')} without a node; expected: none. Its "
            "instance may run, and join once Karpenter is stopped: no wave would move its pods",
            "wait until the nodes have joined or the NodeClaims are gone: kubectl get nodeclaims",
        )  # fmt: skip
    claimed = {claim.node for claim in context.objects.nodeclaims}
    alone = [name for name in context.moving if name not in claimed]
    if alone:
        yield LEAVING.finding(
            Subject("nodes of", str(context.of)), "",
            f"found: {listed(alone)} without a NodeClaim; expected: one for each node that moves. "
            "Karpenter ends what is deleted by the name of its NodeClaim",
            "give the NodeClaims with the other objects (kubectl get nodeclaims -o json), as a "
            "user who may list them",
        )  # fmt: skip
