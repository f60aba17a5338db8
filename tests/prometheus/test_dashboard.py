"""The dashboard shows every metric, names no other, and is laid out as Grafana wants it."""

from itertools import combinations
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.chart.helm import Helm, only

from kubestow.live.lookout import Lookout
from kubestow.web.metrics import metrics_text

from .dashboard import Panel, dashboard, metrics_in, panels, queries

CORE_PANELS = {"row", "stat", "timeseries", "bargauge", "table"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
MONTHLY = "A month is the hourly figure x 730."
COLUMNS = 24
LEFT_OUT: dict[str, str] = {}
"""Metrics that no panel shows, each with the reason."""

SHOWN = [panel for panel in panels() if panel["type"] != "row"]


def title(panel: Panel) -> str:
    return str(panel["title"])


@pytest.fixture(scope="session")
def offered(seen: Lookout) -> set[str]:
    text = metrics_text(seen).decode()
    return {family.name for family in text_string_to_metric_families(text)}


def test_every_metric_is_shown_or_left_out_for_a_reason(offered: set[str]) -> None:
    named = set[str]().union(*(metrics_in(query.expression) for query in queries()))
    assert named - offered == set(), "no such metrics"
    assert offered - named == {*LEFT_OUT}
    assert all(LEFT_OUT.values())


def test_the_cluster_of_the_tests_has_something_for_every_metric(seen: Lookout) -> None:
    text = metrics_text(seen).decode()
    families = text_string_to_metric_families(text)
    assert [family.name for family in families if not family.samples] == []


def test_every_query_is_narrowed_by_the_variables() -> None:
    chosen = 'cluster=~"$cluster", job=~"$job", instance=~"$instance"'
    for query in queries():
        _, *uses = query.expression.split("kubestow_")
        assert uses, query
        for rest in uses:
            assert rest.partition("{")[2].startswith(chosen), query


def test_the_alerts_name_metrics_that_there_are(helm: Helm, offered: set[str]) -> None:
    rule = only(helm.template({"alerts": {"enabled": True}}), "PrometheusRule")
    (group,) = rule["spec"]["groups"]
    for alert in group["rules"]:
        assert metrics_in(alert["expr"])
        assert metrics_in(alert["expr"]) <= offered


def test_the_dashboard_keeps_its_address_and_its_panels() -> None:
    made = dashboard()
    assert (made["uid"], made["id"]) == ("kubestow", None)
    assert made["schemaVersion"] >= 39  # of Grafana 11.0
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len({*ids})
    assert ids == sorted(ids)


def test_it_begins_with_what_matters_most() -> None:
    first = [(panel["type"], panel["title"]) for panel in panels()[:5]]
    assert first == [
        ("stat", "Cost a month"),
        ("stat", "Minimum a month"),
        ("stat", "Gap"),
        ("stat", "Could be saved a month"),
        ("stat", "Pending pods"),
    ]


def test_only_panels_of_grafana_itself_are_used() -> None:
    assert {panel["type"] for panel in panels()} <= CORE_PANELS
    required = {item["id"] for item in dashboard()["__requires"] if item["type"] == "panel"}
    assert required == {panel["type"] for panel in SHOWN}


def test_everything_is_asked_of_the_chosen_data_source() -> None:
    made = dashboard()
    first, *others = made["templating"]["list"]
    assert (first["name"], first["type"], first["query"]) == (
        "datasource", "datasource", "prometheus",
    )  # fmt: skip
    assert [item["name"] for item in others] == ["cluster", "job", "instance"]
    asked: list[dict[str, Any]] = [*SHOWN, *others]
    asked += [target for panel in SHOWN for target in panel["targets"]]
    assert [item for item in asked if item["datasource"] != DATASOURCE] == []


@pytest.mark.parametrize("variable", dashboard()["templating"]["list"][1:], ids=lambda v: v["name"])
def test_all_is_everything_also_where_the_label_is_absent(variable: dict[str, Any]) -> None:
    assert (variable["includeAll"], variable["allValue"]) == (True, ".*")
    assert variable["current"]["value"] == ["$__all"]


@pytest.mark.parametrize("panel", SHOWN, ids=title)
def test_a_panel_is_described_and_has_a_unit(panel: Panel) -> None:
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    monthly = any("* 730" in target["expr"] for target in panel["targets"])
    assert panel["description"].endswith(MONTHLY) == monthly
    references = [target["refId"] for target in panel["targets"]]
    assert len(references) == len({*references})


def test_panels_lie_beside_each_other() -> None:
    for panel in panels():
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= COLUMNS, panel["title"]
    for one, other in combinations(panels(), 2):
        assert not _overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )
