"""A stream tells what its reader does not know yet, and nothing twice."""

import json
from typing import Any

from tests.unit.live.objects import Object, node, observed, pod

from kubestow.live.lookout import Sight
from kubestow.usecases.survey import survey
from kubestow.views.cluster_view import cluster_view
from kubestow.views.settings import Settings
from kubestow.web.stream import _Reader, event


def sight(number: int, *objects: Object, lag: str = "", advice: int = 0) -> Sight:
    seen = observed(*objects)
    found = survey(seen)
    view = cluster_view(found, Settings())
    return Sight(
        number, seen, found, view, 0.1, 5.0 if lag else 0.0, lag, advice_number=advice
    )  # fmt: skip


def told(contents: list[bytes]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for content in contents:
        name, data = content.decode().rstrip("\n").split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_the_first_event_has_everything_and_later_ones_what_changed() -> None:
    reader = _Reader()
    ((name, first),) = told(reader.news(sight(1, node("a"), node("b"), pod("web", "a"))))
    assert name == "cluster"
    assert first["full"] is True
    assert [row["name"] for row in first["changed"]] == ["a", "b"]
    assert first["head"]["nodes"] == []
    ((_, second),) = told(reader.news(sight(2, node("a"), node("c"), pod("web", "a"))))
    assert second["full"] is False
    assert [row["name"] for row in second["changed"]] == ["c"]
    assert second["gone"] == ["b"]


def test_the_same_sight_is_told_once() -> None:
    reader, own = _Reader(), sight(1, node("a"))
    assert len(reader.news(own)) == 1
    assert reader.news(own) == []


def test_advice_and_lags_are_told_when_they_change() -> None:
    reader = _Reader()
    reader.news(sight(1, node("a")))
    names = [name for name, _ in told(reader.news(sight(2, node("a"), lag="gone", advice=1)))]
    assert names == ["cluster", "advice", "lag"]
    ((_, _), (name, data)) = told(reader.news(sight(3, node("a"), advice=1)))
    assert (name, data["message"]) == ("lag", "")


def test_no_name_can_end_an_event() -> None:
    assert event("cluster", {"name": "a\n\nevent: evil"}).count(b"\n\n") == 1
