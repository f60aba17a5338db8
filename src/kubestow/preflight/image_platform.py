"""An image that is not built for the architecture of nodes its pods may land on.

Law: platforms are what --image-platforms, --oci-layout or --registry say; an image none of them
knows is not judged, and named.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.setup import CheckedContainer, CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, counted, listed

RULE = Rule(
    "image-platform",
    "error",
    "An image is not built for nodes its pods may land on",
    EKS + "choosing-instance-type.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare each image's platforms with the architectures its pods may meet."""
    platforms = context.setup.platforms
    if platforms is None:
        yield RULE.not_judged("no --image-platforms, --oci-layout or --registry given")
        return
    unknown: dict[str, None] = {}
    for workload in (*context.on_nodes, *context.daemonsets):
        landing = _architectures(context, workload)
        for container in workload.containers:
            built = platforms.get(container.image)
            if not container.image:
                continue
            if built is None:
                unknown[container.image] = None
                continue
            lacking = [arch for arch in landing if f"linux/{arch}" not in built]
            if lacking:
                yield _finding(workload, container, built, lacking, landing)
    if unknown:
        yield RULE.not_judged(
            f"the platforms of {counted(len(unknown), 'image')} are not known: {listed(unknown)}"
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
    landing: list[str],
) -> Finding:
    served = [arch for arch in landing if arch not in lacking]
    fix = f"build {container.image} for linux/{' and linux/'.join(lacking)} as well"
    if served:
        fix += f", or write nodeSelector: {{{names.ARCH}: {served[0]}}}"
    return RULE.found(
        workload.subject,
        f"{container.field}.image",
        f"{container.image} is built for {listed(built)} only, and its pods may land on "
        f"{listed(lacking)} nodes, where it ends in 'exec format error'",
        fix,
    )
