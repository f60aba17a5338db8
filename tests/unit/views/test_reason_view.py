"""Reasons: what they say beyond their constraint, as fields and in words."""

import pytest

from kubestow.model.plan import Reason
from kubestow.views.reason_view import detail_text, reason_detail_view, reason_views
from kubestow.views.view import encode

RESOURCE = {"resource": "cpu", "requested": "64", "largestAvailable": "3900m"}
REQUIREMENTS = {"requirements": [{"requirement": "a In b", "refuses": 2},
                                 {"requirement": "c Exists", "refuses": 1}]}  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        (RESOURCE, "cpu 64 requested, at most 3900m free"),
        (REQUIREMENTS, "a In b refuses 2; c Exists refuses 1"),
        ({"taints": {"gpu:NoSchedule": 3}}, "taint gpu:NoSchedule not tolerated on 3"),
        ({"nodePool": "pool", "message": "it is empty", "hint": "fill it"}, "it is empty"),
        ({}, ""),
    ],
)
def test_a_detail_in_words(detail: dict[str, object], text: str) -> None:
    assert detail_text(reason_detail_view(detail)) == text


def test_only_what_a_reason_says_is_in_its_json() -> None:
    (view,) = reason_views([Reason("NodeResourcesFit", 6, RESOURCE)])
    assert '"detail": {\n    "resource": "cpu",\n    "requested": "64",\n' in encode(view)
    assert "hint" not in encode(view)
