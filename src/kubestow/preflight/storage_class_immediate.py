"""An EBS StorageClass that binds immediately: the volume's zone is chosen before the pod's."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.volume import EBS_PROVISIONERS
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "storage-class-immediate",
    "warning",
    "A StorageClass creates zonal volumes before the pod is scheduled",
    KUBERNETES + "concepts/storage/storage-classes/#volume-binding-mode",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find EBS classes without WaitForFirstConsumer."""
    for item in context.setup.storage:
        if item.provisioner in EBS_PROVISIONERS and not item.waits_for_first_consumer:
            yield RULE.finding(
                item.subject,
                "volumeBindingMode",
                "its EBS volumes are created before the pod is scheduled, in any zone; the pod can "
                "then run only in that zone, whatever its constraints",
                "create a class with volumeBindingMode: WaitForFirstConsumer",
            )
