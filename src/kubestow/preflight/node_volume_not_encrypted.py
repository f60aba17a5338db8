"""Node volumes that are not set to be encrypted.

An account may encrypt new volumes by default, which no file shows; the finding says so.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import listed

RULE = Rule(
    "node-volume-not-encrypted",
    "warning",
    "A node's EBS volume is not encrypted",
    "https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html",
)
_WHY = "unless the account encrypts new EBS volumes by default, node volumes are not encrypted"


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Check node groups and node classes."""
    if context.setup.config is None and not context.setup.machines:
        yield RULE.not_judged("no --cluster-config and no EC2NodeClass given")
    templates = [group.name for _, group in context.groups if group.has_template]
    if templates:
        yield RULE.not_judged(f"the launch templates of {listed(templates)} are not in the input")
    for subject, group in context.groups:
        if group.volume_encrypted or group.has_template:
            continue
        value = "is false" if group.volume_encrypted is False else "is not set"
        field, fix = f"{group.field}.volumeEncrypted", "set volumeEncrypted: true"
        yield RULE.finding(subject, field, f"volumeEncrypted {value}: {_WHY}", fix)
    for machine in context.setup.machines:
        for disk in machine.disks:
            if not disk.encrypted:
                value = "is false" if disk.encrypted is False else "is not set"
                yield RULE.finding(machine.subject, f"{disk.field}.encrypted",
                                 f"encrypted {value}: {_WHY}", "set encrypted: true")  # fmt: skip
