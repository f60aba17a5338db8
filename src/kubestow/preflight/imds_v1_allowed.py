"""Nodes that allow IMDSv1: a forged request from a pod can read the node's credentials."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EC2

RULE = Rule(
    "imds-v1-allowed",
    "warning",
    "Nodes allow version 1 of the instance metadata service",
    EC2 + "configuring-instance-metadata-service.html",
)
_WHY = "metadata can be read without a token, also by a forged request for credentials"


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find groups and node classes that do not require tokens."""
    if context.setup.config is None and not context.setup.machines:
        yield RULE.not_judged("no --cluster-config and no EC2NodeClass given")
    for subject, group in context.groups:
        if group.disable_imds_v1 is False:
            field, fix = f"{group.field}.disableIMDSv1", "set disableIMDSv1: true"
            yield RULE.finding(subject, field, f"disableIMDSv1: false: {_WHY}", fix)
    for machine in context.setup.machines:
        if machine.http_tokens == "optional":
            field = "spec.metadataOptions.httpTokens"
            yield RULE.finding(machine.subject, field, f"httpTokens: optional: {_WHY}",
                             "set httpTokens: required")  # fmt: skip
