"""Volumes of type gp2: gp3 costs a fifth less per GiB, at a speed that does not depend on size.

Source: Amazon EBS user guide, General Purpose SSD volumes.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext

RULE = Rule(
    "gp2-volume",
    "warning",
    "Volumes are of type gp2",
    "https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html",
)
_WHY = "gp3 costs about 20 % less per GiB and gives 3,000 IOPS at any size; gp2 gives 3 per GiB"
_IN_TREE = "kubernetes.io/aws-ebs"


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Check StorageClasses, node groups and node classes."""
    for item in context.setup.storage:
        is_old = item.provisioner == _IN_TREE and not item.volume_type
        if item.volume_type == "gp2" or is_old:
            cause = "without a type, the in-tree driver uses gp2" if is_old else "type: gp2"
            yield RULE.finding(item.subject, "parameters.type", f"{cause}; {_WHY}",
                             "create a class with provisioner: ebs.csi.aws.com and type: gp3 (the "
                             "parameters of a class cannot be changed)")  # fmt: skip
    for subject, group in context.groups:
        if group.volume_type == "gp2":
            yield RULE.finding(subject, f"{group.field}.volumeType", f"volumeType: gp2; {_WHY}",
                             "set volumeType: gp3")  # fmt: skip
    for machine in context.setup.machines:
        for disk in machine.disks:
            if disk.volume_type == "gp2":
                yield RULE.finding(machine.subject, f"{disk.field}.volumeType",
                                 f"volumeType: gp2; {_WHY}", "set volumeType: gp3")  # fmt: skip
