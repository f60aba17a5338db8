"""Quantities that are probably in the wrong unit: 512m of memory, 100M for 100Mi, 500 cpus.

Source: Kubernetes, Resource Management for Pods and Containers (pay attention to the case).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubestow.model.finding import Finding, NotJudged, Rule, Severity
from kubestow.model.quantity import QuantityError, parse_quantity, value
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "quantity-unit",
    "error",
    "A quantity is probably in the wrong unit",
    KUBERNETES + "concepts/configuration/manage-resources-containers/#meaning-of-memory",
)
_MEBIBYTE = 2**20
_CPUS_MAX = 99  # more is rarely meant: 500 is usually 500m
_DECIMAL = {"k": 2**10, "M": 2**20, "G": 2**30}


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Check each quantity as written."""
    for workload in context.setup.workloads:
        for container in workload.containers:
            for name, text in container.written:
                oddity = _oddity(name.rpartition(".")[2], text)
                if oddity is not None:
                    yield RULE.finding(
                        workload.subject,
                        f"{container.field}.resources.{name}",
                        f"{name}: {text} {oddity.reason}",
                        oddity.fix,
                        oddity.severity,
                    )


@dataclass(frozen=True, slots=True)
class _Oddity:
    """What is odd about a quantity, and what was probably meant."""

    reason: str
    fix: str
    severity: Severity = "error"


def _oddity(resource: str, text: str) -> _Oddity | None:
    try:
        nano = parse_quantity(text)
    except QuantityError:
        return None  # reported by invalid-object
    number = text.rstrip("mkMG")
    if resource == "cpu" and value(nano) > _CPUS_MAX:
        reason = f"is {value(nano):,} whole cpus"
        return _Oddity(reason, f"use {number}m for thousandths of a cpu", "warning")
    if resource != "memory" or not nano:
        return None
    if text.endswith("m"):
        return _Oddity(f"is {value(nano):,} bytes: m means a thousandth", f"use {number}Mi")
    if value(nano) < _MEBIBYTE:
        return _Oddity(f"is {value(nano):,} bytes", f"use {number}Mi")
    if text[-1] in _DECIMAL:
        share = 1 - value(nano) / (float(number) * _DECIMAL[text[-1]])
        return _Oddity(
            f"is {share:.1%} less than {number}{text[-1]}i, the unit of nodes and tools",
            f"use {number}{text[-1]}i if that is what you mean",
            "info",
        )
    return None
