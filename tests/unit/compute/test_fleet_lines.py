"""New nodes as lines: those alike together, and what is spare on them."""

import pytest

from kubestow.compute.case import ComparisonCase
from kubestow.compute.fleet_lines import fleet_lines
from kubestow.model.resources import CPU
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.testing import daemonset, node, replicas, snapshot


def test_nodes_alike_are_a_line_and_existing_ones_are_none() -> None:
    case = ComparisonCase(
        snapshot(replicas(7, "web", "3", "1Gi"), nodes=(node("there", "4", "16Gi"),))
    )
    planned = case.planned(pools_of(case.snapshot.cluster))
    lines = fleet_lines(planned)
    fresh = [item for item in planned.plan.nodes if not item.existing]
    assert sum(line.count for line in lines) == len(fresh)
    assert sum(line.pods for line in lines) == 6
    assert len({(line.unit, line.zone) for line in lines}) == len(lines)


def test_what_daemonsets_request_is_not_spare() -> None:
    pods = replicas(1, "web", "1", "1Gi")
    case = ComparisonCase(snapshot(pods, daemonsets=(daemonset("agent", "500m"),)))
    planned = case.planned(pools_of(case.snapshot.cluster))
    (line,) = fleet_lines(planned)
    (new,) = planned.plan.nodes
    assert line.spare[0] == pytest.approx(1 - 1500 / dict(new.allocatable)[CPU])
