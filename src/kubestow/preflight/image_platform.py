"""An image that is not built for the architecture of a node its pods may run on.

Platforms come from --image-platforms, --oci-layout or --registry; images that none of them knows
are reported as not checked.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.setup import CheckedContainer, CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "image-platform",
    "error",
    "An image is not built for the nodes its pods may use",
    EKS + "choosing-instance-type.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare each image's platforms with the architectures of the nodes its pods may use."""
    platforms = context.setup.platforms
    if platforms is None:
        yield RULE.not_judged("no --image-platforms, --oci-layout or --registry given")
        return
    unknown: dict[str, None] = {}
    for workload in (*context.on_nodes, *context.daemonsets):
        reachable = _architectures(context, workload)
        for container in workload.containers:
            built = platforms.get(container.image)
            if not container.image:
                continue
            if built is None:
                unknown[container.image] = None
                continue
            lacking = [arch for arch in reachable if f"linux/{arch}" not in built]
            if lacking:
                yield _finding(workload, container, built, lacking, reachable)
    if unknown:
        yield RULE.not_judged(
            f"the platforms of {counted(len(unknown), 'image')} are unknown: {listed(unknown)}"
        )
    if not context.capacities:
        yield RULE.not_judged(context.unknown_capacity or "there are no nodes, only Fargate")


def _architectures(context: CheckContext, workload: CheckedWorkload) -> list[str]:
    places = context.reach(workload).tolerated
    return sorted({candidate.labels.get(names.ARCH, "") for _, candidate in places} - {""})


def _finding(
    workload: CheckedWorkload,
    container: CheckedContainer,
    built: tuple[str, ...],
    lacking: list[str],
    reachable: list[str],
) -> Finding:
    served = [arch for arch in reachable if arch not in lacking]
    fix = f"also build {container.image} for linux/{' and linux/'.join(lacking)}"
    if served:
        fix += f", or set nodeSelector: {{{names.ARCH}: {served[0]}}}"
    return RULE.finding(
        workload.subject,
        f"{container.field}.image",
        f"{container.image} is built only for {listed(built)}, but its pods may run on "
        f"{listed(lacking)} nodes, where it fails with 'exec format error'",
        fix,
    )
