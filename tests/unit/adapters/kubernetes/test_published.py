from typing import Any

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.published import (
    SCALARS,
    described,
    facts,
    types_of,
    versions_of,
    without_nulls,
)


def test_every_type_that_is_named_is_there() -> None:
    for name, fields in facts().types.items():
        for field, kind in fields.items():
            inner = kind.strip("[]{}")
            assert inner in SCALARS or inner in facts().types, f"{name}.{field}: {kind}"
    assert {root for kinds in facts().kinds.values() for root in kinds.values()} <= (
        facts().types.keys())  # fmt: skip


def test_the_sources_are_named_with_their_versions() -> None:
    assert all(any(c.isdigit() for c in source) or "EKS" in source for source in facts().sources)


def test_an_object_has_the_type_of_its_api_version() -> None:
    scaler = Document("f", "HorizontalPodAutoscaler", "autoscaling/v1", b"{}")
    assert types_of(scaler) == ("autoscaling.v1.HorizontalPodAutoscaler",)
    assert len(types_of(Document("f", "HorizontalPodAutoscaler", "", b"{}"))) == 4
    assert types_of(Document("f", "Widget", "", b"{}")) == ()
    assert versions_of("NodePool") == ("NodePool.v1", "NodePool.v1beta1")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ({"labels": {"a": None}}, "meta.v1.ObjectMeta", {"labels": {"a": ""}}),
        ({"labels": None}, "meta.v1.ObjectMeta", {}),
        ({"containers": [None]}, "core.v1.PodSpec", {"containers": [{}]}),
        ({"limits": {"cpu": None}}, "core.v1.ResourceRequirements", {"limits": {"cpu": "0"}}),
        ({"values": [None]}, "core.v1.NodeSelectorRequirement", {"values": [""]}),
    ],
)
def test_null_is_absent_or_empty_as_the_api_server_reads_it(
    value: Any, kind: str, expected: Any
) -> None:
    assert without_nulls(value, kind) == expected


def test_null_in_a_map_of_a_defined_kind_is_absent() -> None:
    assert without_nulls({"a": None}, "{string}", fills_maps=False) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("core.v1.PodSpec", "PodSpec"),
        ("NodePool.v1.spec.template", "spec.template of a NodePool"),
        ("NodePool.v1", "NodePool"),
    ],
)
def test_types_are_named_as_people_know_them(name: str, expected: str) -> None:
    assert described(name) == expected
