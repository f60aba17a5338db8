"""Quantities in units that are hardly meant."""

import pytest

from kubestow.preflight import quantity_unit as check

from .builders import container, found, one, setup, workload


@pytest.mark.parametrize(
    ("name", "text", "severity", "reason", "fix"),
    [
        ("requests.memory", "512m", "error", "is 1 bytes: m means a thousandth", "use 512Mi"),
        ("limits.memory", "100", "error", "is 100 bytes", "use 100Mi"),
        ("limits.memory", "100M", "info", "is 4.6% less than 100Mi", "use 100Mi if that"),
        ("limits.memory", "1G", "info", "is 6.9% less than 1Gi", "use 1Gi if that"),
        ("requests.cpu", "500", "warning", "is 500 whole cpus", "use 500m"),
    ],
)
def test_it_is_said_what_the_quantity_means(
    name: str, text: str, severity: str, reason: str, fix: str
) -> None:
    finding = one(check, setup(container(workload(), written=((name, text),))))
    assert finding.severity == severity
    assert finding.field == f"spec.template.spec.containers[0].resources.{name}"
    assert finding.reason.startswith(f"{name}: {text} {reason}")
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize(
    ("name", "text"),
    [("requests.memory", "512Mi"), ("requests.cpu", "500m"), ("requests.cpu", "96"),
     ("requests.memory", "1.5Gi"), ("requests.memory", "0"), ("requests.memory", "nonsense")],
)  # fmt: skip
def test_what_is_meant_passes(name: str, text: str) -> None:
    assert found(check, setup(container(workload(), written=((name, text),)))) == []
