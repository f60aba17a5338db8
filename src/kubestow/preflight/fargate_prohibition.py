"""What Fargate forbids, each on its own: a pod that a profile selects and that cannot run there.

Source: EKS user guide, Simplify compute management with AWS Fargate (considerations) and Fargate
pod configuration: at most 16 vCPU, 120 GB with 256 MiB for Kubernetes, 175 GiB of disk.
"""

from collections.abc import Iterator

from kubestow.catalog.fargate import CPU_MOST, EPHEMERAL_MOST, MEMORY_MOST, OVERHEAD
from kubestow.model import labels as names
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.quantity import format_bytes, format_milli
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY
from kubestow.model.setup import CheckedWorkload
from kubestow.model.volume import EBS_PROVISIONERS
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.volumes import provisioner
from kubestow.preflight.wording import EKS

RULE = Rule(
    "fargate-prohibition",
    "error",
    "A pod that Fargate takes uses what Fargate forbids",
    EKS + "fargate.html",
)
_ON_A_NODE = "run it on nodes: take it out of the profile's selectors"
Offence = tuple[str, str, str]
"""Field, reason, fix."""


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Hold every workload on Fargate against each prohibition."""
    if context.setup.config is None:
        yield RULE.not_judged("no --cluster-config given")
        return
    for workload in (*context.running, *context.daemonsets):
        profiles = context.profiles(workload)
        if not profiles:
            continue
        if workload.is_daemonset:
            yield RULE.found(
                workload.subject,
                "kind",
                f"profile {profiles[0].name} takes pods of its namespace, and Fargate runs no "
                "DaemonSets: pods there are without it",
                "make it a sidecar of the pods that need it",
                "warning",
            )
            continue
        for field, reason, fix in _offences(context, workload):
            yield RULE.found(
                workload.subject, field, f"profile {profiles[0].name} selects it, but {reason}", fix
            )


def _offences(context: CheckContext, workload: CheckedWorkload) -> Iterator[Offence]:
    path = workload.field
    if workload.host_network:
        yield (f"{path}.hostNetwork", "Fargate has no host network", "remove hostNetwork")
    for item in workload.containers:
        if item.privileged:
            field = f"{item.field}.securityContext.privileged"
            yield field, "Fargate runs no privileged containers", _ON_A_NODE
        if item.host_ports and not workload.host_network:
            ports = ", ".join(map(str, item.host_ports))
            yield (f"{item.field}.ports", f"Fargate has no host ports, and it wants {ports}",
                   "remove hostPort; a Service reaches the pod")  # fmt: skip
    yield from _of_volumes(context, workload)
    yield from _of_shape(workload)


def _of_volumes(context: CheckContext, workload: CheckedWorkload) -> Iterator[Offence]:
    for volume in workload.volumes:
        field = f"{workload.field}.volumes"
        if volume.kind == "hostPath":
            yield field, f"Fargate has no host path, and volume {volume.name} is one", _ON_A_NODE
        elif (
            volume.kind == "awsElasticBlockStore"
            or provisioner(context.setup, workload, volume) in EBS_PROVISIONERS
        ):
            fix = "use EFS with a static PersistentVolume, or run it on nodes"
            yield field, f"Fargate mounts no EBS volumes, and volume {volume.name} is one", fix


def _of_shape(workload: CheckedWorkload) -> Iterator[Offence]:
    template, path = workload.template, workload.field
    asked = dict(template.requests)
    for name in asked:
        if name.endswith(("/gpu", "/neuron", "/neuroncore", "/gaudi", "/efa")):
            yield (f"{path}.containers", f"Fargate has no {name}", _ON_A_NODE)
    wanted = dict(template.node_selector).get(names.ARCH)
    for term in template.node_affinity or ():
        for item in term.expressions:
            if item.key == names.ARCH and item.operator == "In" and item.values == ("arm64",):
                wanted = "arm64"
    if wanted == "arm64":
        yield (f"{path}.nodeSelector", "it asks for arm64 and Fargate for EKS runs amd64 only",
               "build it for amd64 and remove the selector, or run it on nodes")  # fmt: skip
    if asked.get(CPU, 0) > CPU_MOST:
        yield (f"{path}.containers", f"it requests {format_milli(asked[CPU])} of cpu and Fargate "
               "gives at most 16", _ON_A_NODE)  # fmt: skip
    if asked.get(MEMORY, 0) + OVERHEAD > MEMORY_MOST:
        yield (f"{path}.containers", f"it requests {format_bytes(asked[MEMORY])} of memory, and "
               "with 256Mi for Kubernetes Fargate gives at most 120Gi", _ON_A_NODE)  # fmt: skip
    if asked.get(EPHEMERAL_STORAGE, 0) > EPHEMERAL_MOST:
        yield (f"{path}.containers", f"it requests {format_bytes(asked[EPHEMERAL_STORAGE])} of "
               "ephemeral storage and Fargate gives at most 175Gi", _ON_A_NODE)  # fmt: skip
