"""A metadata hop limit of 1 on nodes whose pods use the instance metadata service.

A short table lists the images that use it by default; host-network pods reach it at any limit.
eksctl sets a limit of 1 with disablePodIMDS; Karpenter's default is 1 since v1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubestow.model.finding import Finding, NotJudged, Rule, Subject
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EC2, listed

RULE = Rule(
    "imds-hop-limit",
    "warning",
    "The hop limit blocks pods that need instance metadata",
    EC2 + "configuring-instance-metadata-options.html",
)
_USERS = {
    "aws-load-balancer-controller": ("--aws-vpc-id", "--aws-region"),
    "cluster-autoscaler": (),
    "aws-for-fluent-bit": (),
    "cloudwatch-agent": (),
    "aws-node-termination-handler": (),
}
"""Images that use metadata, and the arguments that make it unnecessary."""


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Name the workloads that use metadata where the limit is 1."""
    limits = list(_limits(context))
    if not limits and context.setup.config is None and not context.setup.machines:
        yield RULE.not_judged("no --cluster-config and no EC2NodeClass given")
    users = [
        w
        for w in (*context.on_nodes, *context.daemonsets)
        if not w.host_network and _uses_metadata(w)
    ]
    for limit in limits:
        if users:
            yield RULE.finding(
                limit.subject,
                limit.field,
                f"{limit.what} keeps instance metadata from pods outside the host network, but "
                f"{listed(map(_name, users))} use it: they find no region or credentials",
                "use IRSA or Pod Identity and pass the region as an argument, or set a hop limit "
                "of 2",
            )


@dataclass(frozen=True, slots=True)
class _Limit:
    """A setting that keeps instance metadata from pods."""

    subject: Subject
    field: str
    what: str


def _limits(context: CheckContext) -> Iterator[_Limit]:
    for subject, group in context.groups:
        if group.disable_pod_imds:
            field = f"{group.field}.disablePodIMDS"
            yield _Limit(subject, field, "disablePodIMDS (a hop limit of 1)")
    for machine in context.setup.machines:
        if machine.hop_limit in (None, 1):
            origin = "" if machine.hop_limit else " (Karpenter's default)"
            field = "spec.metadataOptions.httpPutResponseHopLimit"
            yield _Limit(machine.subject, field, f"a hop limit of 1{origin}")


def _uses_metadata(workload: CheckedWorkload) -> bool:
    for container in workload.containers:
        for name, spared in _USERS.items():
            given = {argument.partition("=")[0] for argument in container.arguments}
            if name in container.image and not (spared and given.issuperset(spared)):
                return True
    return False


def _name(workload: CheckedWorkload) -> str:
    return workload.subject.describe()
