"""An AMI family that is not made for the cluster's Kubernetes version, or no longer made.

Source: EKS user guide, EKS AL2 and AL2-accelerated AMIs transition: Kubernetes 1.32 is the last
version with AL2 AMIs, which are not published after 2025-11-26 (read 2026-10).
"""

from collections.abc import Iterator
from datetime import date

from kubestow.model.finding import Finding, NotJudged, Rule, Subject
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS

RULE = Rule(
    "ami-family-version",
    "error",
    "An AMI family is not made for the cluster's Kubernetes version",
    EKS + "eks-ami-deprecation-faqs.html",
)
_LAST = {"AmazonLinux2": ("AL2", 32, date(2025, 11, 26)), "AL2": ("AL2", 32, date(2025, 11, 26))}
"""Family: its name, the last minor version it is made for, and the day it was last published."""


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Look at node groups and node classes."""
    if context.setup.config is None and not context.setup.machines:
        yield RULE.not_judged("no --cluster-config and no EC2NodeClass given")
    if context.setup.config is not None and context.version is None:
        yield RULE.not_judged("metadata.version of the ClusterConfig is not said")
    for subject, field, family in _families(context):
        if family not in _LAST:
            continue
        name, last, ended = _LAST[family]
        fix = "write amiFamily: AmazonLinux2023 (alias: al2023@latest for Karpenter)"
        if context.version is not None and context.version > last:
            reason = (
                f"{name} AMIs are made up to Kubernetes 1.{last}, the cluster is "
                f"1.{context.version}: the nodes cannot be launched"
            )
            yield RULE.found(subject, field, reason, fix)
        elif context.setup.today > ended:
            reason = f"{name} AMIs are not published since {ended}: nodes get no security updates"
            yield RULE.found(subject, field, reason, fix, "warning")


def _families(context: CheckContext) -> Iterator[tuple[Subject, str, str]]:
    for subject, group in context.groups:
        if not group.has_own_image:
            yield subject, f"{group.field}.amiFamily", group.ami_family
    for machine in context.setup.machines:
        yield machine.subject, "spec.amiFamily", machine.ami_family
