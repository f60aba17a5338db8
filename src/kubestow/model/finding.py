"""Finding: what a check found: a rule, the object and field, the reason and a fix.

Rules that could not be checked are reported too, with what was missing.
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Severities, the worst first."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """The object of a finding, and the file it was read from, if any."""

    kind: str
    name: str
    namespace: str = ""
    file: str = ""

    @property
    def path(self) -> str:
        """namespace/name, or the name alone for an object without a namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def describe(self) -> str:
        """Return the object's kind and name, such as Deployment shop/web."""
        return f"{self.kind} {self.path}".strip()


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem; ``field`` is its path in the object, or empty."""

    rule: str
    severity: Severity
    subject: Subject
    field: str
    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule that could not be checked, entirely or in part, and what was missing."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its identifier, usual severity, title and documentation."""

    id: str
    severity: Severity
    title: str
    documentation: str

    def finding(
        self, subject: Subject, field: str, reason: str, fix: str, severity: Severity | None = None
    ) -> Finding:
        """Return a finding of this rule."""
        return Finding(self.id, severity or self.severity, subject, field, reason, fix)

    def not_judged(self, reason: str) -> NotJudged:
        """Return that this rule could not be checked, and why."""
        return NotJudged(self.id, reason)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, the worst first, the rules, and what could not be checked."""

    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    rules: tuple[Rule, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings have a severity."""
        return sum(finding.severity == severity for finding in self.findings)
