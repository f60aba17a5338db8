"""What a check found: a rule, the object and field, the reason, and what to write instead.

Law: values only. A finding is a sentence with its numbers; a rule that could not be judged is said
as well, with what was missing.
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The worst first."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """The object a finding is about, and the file it was read from, if it was."""

    kind: str
    name: str
    namespace: str = ""
    file: str = ""

    @property
    def path(self) -> str:
        """namespace/name, or the name of an object that has no namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def describe(self) -> str:
        """Write the object as kubectl would: Deployment shop/web."""
        return f"{self.kind} {self.path}".strip()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend; ``field`` is the path inside the object, or empty."""

    rule: str
    severity: Severity
    subject: Subject
    field: str
    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule that could not be judged, or not for everything, and what was missing."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What a check is called, how bad its findings usually are, and where to read about it."""

    id: str
    severity: Severity
    title: str
    documentation: str

    def found(
        self, subject: Subject, field: str, reason: str, fix: str, severity: Severity | None = None
    ) -> Finding:
        """Return a finding of this rule."""
        return Finding(self.id, severity or self.severity, subject, field, reason, fix)

    def not_judged(self, reason: str) -> NotJudged:
        """Return what is said where something is missing."""
        return NotJudged(self.id, reason)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, worst first, the rules judged and what could not be."""

    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    rules: tuple[Rule, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)
