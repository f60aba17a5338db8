"""Check findings as SARIF 2.1.0, for code scanning in CI systems.

A finding keeps its fingerprint as long as its check, object and field stay the same.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

from msgspec import UNSET, UnsetType

from kubestow import __version__
from kubestow.model.finding import Severity
from kubestow.report import sarif
from kubestow.views.check_view import CheckView, FindingView, NotJudgedView, RuleView

_LEVELS: dict[Severity, sarif.Level] = {"error": "error", "warning": "warning", "info": "note"}
LineOf = Callable[[str, str, str], int | None]
"""Returns the line of a file where an object of this kind and name starts, or None if unknown."""


def check_sarif(check: CheckView, line_of: LineOf) -> sarif.SarifLog:
    """Return the findings as a SARIF log."""
    driver = sarif.ToolComponent("kubestow", __version__, tuple(map(_rule, check.checks)))
    invocation = sarif.Invocation(
        execution_successful=True,
        tool_execution_notifications=tuple(map(_notification, check.not_judged)),
    )
    run = sarif.SarifRun(sarif.Tool(driver), (invocation,), _results(check, line_of))
    return sarif.SarifLog(runs=(run,))


def _rule(rule: RuleView) -> sarif.ReportingDescriptor:
    return sarif.ReportingDescriptor(
        id=rule.id,
        short_description=sarif.Message(rule.title),
        help_uri=rule.documentation,
        default_configuration=sarif.ReportingConfiguration(_LEVELS[rule.severity]),
    )


def _notification(item: NotJudgedView) -> sarif.Notification:
    return sarif.Notification(
        level="note",
        associated_rule=sarif.RuleReference(item.check),
        message=sarif.Message(f"not checked: {item.reason}"),
    )


def _results(check: CheckView, line_of: LineOf) -> tuple[sarif.SarifResult, ...]:
    """Return one result per finding; findings that differ only in their reason are numbered."""
    numbers = {rule.id: number for number, rule in enumerate(check.checks)}
    repeats: Counter[str] = Counter()
    results = []
    for item in check.findings:
        path = "/".join(
            part for part in (item.object.kind, item.object.namespace, item.object.name) if part
        )
        logical = sarif.LogicalLocation(
            name=item.object.name,
            fully_qualified_name=f"{path}#{item.field}" if item.field else path,
            kind="resource",
        )
        key = _fingerprint_key(item.check, logical)
        repeats[key] += 1
        fingerprint = hashlib.sha256(f"{key} {repeats[key]}".encode()).hexdigest()
        result = sarif.SarifResult(
            rule_id=item.check,
            rule_index=numbers[item.check],
            level=_LEVELS[item.severity],
            message=sarif.Message(f"{path}: {item.reason}. Fix: {item.fix}"),
            locations=(sarif.Location((logical,), _place(item, line_of)),),
            partial_fingerprints={"kubestow/v1": fingerprint},
        )
        results.append(result)
    return tuple(results)


def _fingerprint_key(check: str, where: sarif.LogicalLocation) -> str:
    """Return the text that a fingerprint hashes; a change makes CI report old findings as new."""
    place = {
        "name": where.name, "fullyQualifiedName": where.fully_qualified_name, "kind": where.kind,
    }  # fmt: skip
    return f"{check} {place}"


def _place(item: FindingView, line_of: LineOf) -> sarif.PhysicalLocation | UnsetType:
    """Return where the object is defined, or UNSET if it came from no file."""
    if not item.file or item.file.startswith("<"):
        return UNSET
    line = line_of(item.file, item.object.kind, item.object.name)
    return sarif.PhysicalLocation(
        sarif.ArtifactLocation(_uri(item.file)),
        UNSET if line is None else sarif.Region(line),
    )


def _uri(file: str) -> str:
    """Return a file's name as a URI reference (SARIF 2.1.0, 3.4.3; RFC 3986): a space is %20."""
    return quote(os.fsencode(file.replace("\\", "/")), safe="/:@!$&'()*+,;=~")
