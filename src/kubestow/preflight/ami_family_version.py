"""An AMI family without AMIs for the cluster's Kubernetes version, or without new AMIs.

Source: EKS user guide, EKS AL2 and AL2-accelerated AMIs transition: Kubernetes 1.32 is the last
version with AL2 AMIs, which are not published after 2025-11-26 (read 2026-10).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kubestow.model.finding import Finding, NotJudged, Rule, Subject
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS

RULE = Rule(
    "ami-family-version",
    "error",
    "No AMI of the family exists for the cluster's Kubernetes version",
    EKS + "eks-ami-deprecation-faqs.html",
)


@dataclass(frozen=True, slots=True)
class _Ended:
    """An AMI family that has ended: its last Kubernetes version, and the day of its last AMI."""

    name: str
    last_version: int
    last_published: date


_AL2 = _Ended("AL2", 32, date(2025, 11, 26))
_ENDED = {"AmazonLinux2": _AL2, "AL2": _AL2}


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Check node groups and node classes."""
    if context.setup.config is None and not context.setup.machines:
        yield RULE.not_judged("no --cluster-config and no EC2NodeClass given")
    if context.setup.config is not None and context.version is None:
        yield RULE.not_judged("metadata.version of the ClusterConfig is not set")
    for family in _families(context):
        if family.name not in _ENDED:
            continue
        ended = _ENDED[family.name]
        fix = "write amiFamily: AmazonLinux2023 (alias: al2023@latest for Karpenter)"
        if context.version is not None and context.version > ended.last_version:
            reason = (
                f"{ended.name} AMIs exist up to Kubernetes 1.{ended.last_version}, but the cluster "
                f"runs 1.{context.version}: nodes cannot be launched"
            )
            yield RULE.finding(family.subject, family.field, reason, fix)
        elif context.setup.today > ended.last_published:
            reason = (
                f"no {ended.name} AMIs have been published since {ended.last_published}: nodes get "
                "no security updates"
            )
            yield RULE.finding(family.subject, family.field, reason, fix, "warning")


@dataclass(frozen=True, slots=True)
class _Family:
    """An AMI family, and the field that names it."""

    subject: Subject
    field: str
    name: str


def _families(context: CheckContext) -> Iterator[_Family]:
    for subject, group in context.groups:
        if not group.has_own_image:
            yield _Family(subject, f"{group.field}.amiFamily", group.ami_family)
    for machine in context.setup.machines:
        yield _Family(machine.subject, "spec.amiFamily", machine.ami_family)
