"""Every published field of every kind that is read has one judgement of three."""

import pytest
from tools.field_table import PAGE, SHAPES, irrelevant, page, table

from kubestow.adapters.kubernetes.field_judgements import NOT_MODELLED
from kubestow.adapters.kubernetes.published import facts


def test_every_published_field_has_a_judgement() -> None:
    assert table().unjudged() == []


def test_a_field_that_is_new_has_no_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(facts().types["core.v1.PodSpec"], "brandNew", "string")
    assert table().unjudged() == ["core.v1.PodSpec.brandNew"]


def test_no_field_is_judged_twice() -> None:
    read = table().read
    assert not NOT_MODELLED.keys() & irrelevant().keys()
    assert not read & NOT_MODELLED.keys()
    assert not read & irrelevant().keys()


def test_every_judgement_is_of_a_published_field() -> None:
    published = {f"{name}.{key}" for name, fields in table().judgements.items() for key in fields}
    assert sorted(NOT_MODELLED.keys() - published) == []


def test_every_kind_that_is_read_has_published_fields() -> None:
    assert {*SHAPES} <= {*facts().kinds}


def test_every_reason_says_what_is_planned_instead() -> None:
    for reason in NOT_MODELLED.values():
        assert len(reason.split()) > 3
        assert not reason.endswith(".")


def test_the_page_is_what_the_judgements_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run 'make fields-table'"
