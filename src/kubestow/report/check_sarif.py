"""What the checks found as SARIF 2.1.0, for the code scanning of CI systems.

Law: made from the document of 'kubestow check -o json' alone; a finding keeps its fingerprint as
long as its check, object and field stay.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from kubestow import __version__
from kubestow.report.plan_json import Document

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
LineOf = Callable[[str, str, str], int | None]
"""The line of a file an object of this kind and name starts on, if it is known."""


def check_sarif(document: Document, line_of: LineOf) -> Document:
    """Return the findings as a SARIF log."""
    numbers = {rule["id"]: number for number, rule in enumerate(document["checks"])}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "kubestow",
                        "version": __version__,
                        "rules": [_rule(rule) for rule in document["checks"]],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {
                                "level": "note",
                                "associatedRule": {"id": item["check"]},
                                "message": {"text": f"not judged: {item['reason']}"},
                            }
                            for item in document["notJudged"]
                        ],
                    }
                ],
                "results": list(_results(document["findings"], numbers, line_of)),
            }
        ],
    }


def _rule(rule: Document) -> Document:
    return {
        "id": rule["id"],
        "shortDescription": {"text": rule["title"]},
        "helpUri": rule["documentation"],
        "defaultConfiguration": {"level": _LEVELS[rule["severity"]]},
    }


def _results(
    findings: list[Document], numbers: dict[str, int], line_of: LineOf
) -> Iterator[Document]:
    """Yield a result a finding; those alike but for their reason are told apart by number."""
    seen: Counter[str] = Counter()
    for item in findings:
        result = _result(item, numbers[item["check"]], line_of)
        key = f"{item['check']} {result['locations'][0]['logicalLocations'][0]}"
        seen[key] += 1
        print_of = hashlib.sha256(f"{key} {seen[key]}".encode()).hexdigest()
        yield result | {"partialFingerprints": {"kubestow/v1": print_of}}


def _result(item: Document, number: int, line_of: LineOf) -> Document:
    own = item["object"]
    path = "/".join(part for part in (own["kind"], own["namespace"], own["name"]) if part)
    whole = f"{path}#{item['field']}" if item["field"] else path
    location: dict[str, Any] = {
        "logicalLocations": [{"name": own["name"], "fullyQualifiedName": whole, "kind": "resource"}]
    }
    if item["file"] and not item["file"].startswith("<"):
        place: Document = {"artifactLocation": {"uri": item["file"].replace("\\", "/")}}
        line = line_of(item["file"], own["kind"], own["name"])
        if line is not None:
            place["region"] = {"startLine": line}
        location["physicalLocation"] = place
    return {
        "ruleId": item["check"],
        "ruleIndex": number,
        "level": _LEVELS[item["severity"]],
        "message": {"text": f"{path}: {item['reason']}. Fix: {item['fix']}"},
        "locations": [location],
    }
