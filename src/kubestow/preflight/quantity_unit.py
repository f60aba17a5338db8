"""Quantities that mean something other than they seem: 512m of memory, 100M for 100Mi, 500 cpus.

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
    "A quantity is in a unit that is hardly meant",
    KUBERNETES + "concepts/configuration/manage-resources-containers/#meaning-of-memory",
)
_MEBIBYTE = 2**20
_CPUS_MAX = 99  # more is rarely one container; 500 is usually 500m
_DECIMAL = {"k": 2**10, "M": 2**20, "G": 2**30}


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Read each quantity as it is written."""
    for workload in context.setup.workloads:
        for container in workload.containers:
            for name, text in container.written:
                oddity = _oddity(name.rpartition(".")[2], text)
                if oddity is not None:
                    yield RULE.found(
                        workload.subject,
                        f"{container.field}.resources.{name}",
                        f"{name}: {text} {oddity.reason}",
                        oddity.fix,
                        oddity.severity,
                    )


@dataclass(frozen=True, slots=True)
class _Oddity:
    """What is odd about a quantity, and what is probably meant."""

    reason: str
    fix: str
    severity: Severity = "error"


def _oddity(resource: str, text: str) -> _Oddity | None:
    try:
        nano = parse_quantity(text)
    except QuantityError:
        return None  # said by invalid-object
    number = text.rstrip("mkMG")
    if resource == "cpu" and value(nano) > _CPUS_MAX:
        reason = f"is {value(nano):,} whole cpus"
        return _Oddity(reason, f"write {number}m for thousandths", "warning")
    if resource != "memory" or not nano:
        return None
    if text.endswith("m"):
        return _Oddity(f"is {value(nano):,} bytes: m is a thousandth", f"write {number}Mi")
    if value(nano) < _MEBIBYTE:
        return _Oddity(f"is {value(nano):,} bytes", f"write {number}Mi")
    if text[-1] in _DECIMAL:
        share = 1 - value(nano) / (float(number) * _DECIMAL[text[-1]])
        return _Oddity(
            f"is {share:.1%} less than {number}{text[-1]}i, in which nodes and tools count",
            f"write {number}{text[-1]}i if that is meant",
            "info",
        )
    return None
