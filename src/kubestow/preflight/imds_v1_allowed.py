"""Nodes that answer IMDSv1: a request forged inside a pod reads the node's credentials."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EC2

RULE = Rule(
    "imds-v1-allowed",
    "warning",
    "Nodes answer the instance metadata service's version 1",
    EC2 + "configuring-instance-metadata-service.html",
)
_WHY = "metadata is answered without a token, so a forged request reads the node's credentials"


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find groups and node classes that do not require tokens."""
    if context.setup.config is None and not context.setup.machines:
        yield RULE.not_judged("no --cluster-config and no EC2NodeClass given")
    for subject, group in context.groups:
        if group.disable_imds_v1 is False:
            field, fix = f"{group.field}.disableIMDSv1", "write disableIMDSv1: true"
            yield RULE.found(subject, field, f"disableIMDSv1: false, so {_WHY}", fix)
    for machine in context.setup.machines:
        if machine.http_tokens == "optional":
            field = "spec.metadataOptions.httpTokens"
            yield RULE.found(machine.subject, field, f"httpTokens: optional, so {_WHY}",
                             "write httpTokens: required")  # fmt: skip
