"""Nodes that their NodePool would not launch any more."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.disruption.drift import drift
from kubestow.model import labels as names
from kubestow.model.taints import Taint
from kubestow.testing import nodeclaim, nodepool

DEDICATED = Taint("dedicated", "db", "NoSchedule")


def test_a_node_that_agrees_with_its_pool_has_not_drifted() -> None:
    pool = nodepool(
        "pool", (names.INSTANCE_TYPE, "In", ["m5.large", "m5.xlarge"]),
        labels=(("team", "a"),), taints=(DEDICATED,),
    )  # fmt: skip
    assert drift(nodeclaim("n", labels={"team": "a"}, taints=(DEDICATED,)), pool) == ""


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ((names.INSTANCE_TYPE, "In", ["c5.xlarge"]), f"{names.INSTANCE_TYPE} In [c5.xlarge]"),
        ((names.INSTANCE_TYPE, "NotIn", ["m5.large"]), f"{names.INSTANCE_TYPE} NotIn [m5.large]"),
        ((names.CAPACITY_TYPE, "In", ["spot"]), f"{names.CAPACITY_TYPE} In [spot]"),
        ((names.ZONE, "DoesNotExist", []), f"{names.ZONE} DoesNotExist"),
    ],
)
def test_a_node_whose_label_breaks_a_requirement_has_drifted(
    requirement: tuple[str, str, list[str]], said: str
) -> None:
    assert drift(nodeclaim("n"), nodepool("pool", requirement)) == said


def test_a_node_that_its_class_would_launch_otherwise_has_drifted() -> None:
    assert drift(replace(nodeclaim("n"), outdated="image ami-2"), nodepool("pool")) == "image ami-2"


def test_a_requirement_on_a_label_that_the_node_does_not_carry_is_not_judged() -> None:
    unlabelled = nodepool("pool", ("karpenter.k8s.aws/instance-cpu", "Gt", ["64"]))
    assert drift(nodeclaim("n"), unlabelled) == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"labels": (("team", "a"),)}, "label team=a"),
        ({"taints": (DEDICATED,)}, "taint dedicated"),
    ],
)
def test_a_node_without_a_label_or_taint_of_its_pool_has_drifted(
    options: dict[str, Any], said: str
) -> None:
    assert drift(nodeclaim("n", labels={"team": "b"}), nodepool(**options)) == said


def test_labels_and_taints_that_the_pool_does_not_name_are_no_drift() -> None:
    claim = nodeclaim("n", labels={"patched": "yes"}, taints=(DEDICATED,))
    assert drift(claim, nodepool()) == ""
