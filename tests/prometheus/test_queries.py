"""A real Prometheus scrapes kubestow and answers every query of the dashboard and the alerts."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.chart.helm import NAMESPACE, Helm, Rendered, only
from tests.skips import PROMETHEUS, prometheus
from tests.unit.live.objects import node, observer

from kubestow.live.lookout import Lookout
from kubestow.views.settings import Settings
from kubestow.web.access import Access

from .cluster import serving
from .dashboard import dashboard, queries
from .server import Prometheus, Series, prometheus_of

TOKEN = "0123456789abcdef0123456789abcdef"
OPEN, GUARDED, BLIND = f"{NAMESPACE}/kubestow", "kubestow", "blind"
RANGE_SECONDS = 30
ALERTS: dict[str, Rendered] = {
    "pod-monitor": {"monitor": {"kind": "PodMonitor"}},
    "service-monitor": {"monitor": {"kind": "ServiceMonitor"}},
    "blind": {"alerts": {"selector": f'job="{BLIND}"'}},
    "nowhere": {"alerts": {"selector": 'job="nowhere"'}},
}
"""What the alerts are about, as the chart's values: two monitors, and targets by hand."""
EXPECTED = {
    *((job, name) for job in (OPEN, GUARDED) for name in ("KubestowGap", "KubestowPodsPending")),
    (BLIND, "KubestowNotObserved"),
    ("nowhere", "KubestowNotScraped"),
}


def job(name: str, address: str, token: str = "", **labels: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "job_name": name,
        "static_configs": [{"targets": [address], "labels": labels}],
    }
    if token:
        made["authorization"] = {"type": "Bearer", "credentials": token}
    return made


@pytest.fixture(scope="session")
def rules(helm: Helm) -> dict[str, Any]:
    made = {}
    for name, values in ALERTS.items():
        alerts = {**values.get("alerts", {}), "enabled": True}
        made[name] = only(helm.template({**values, "alerts": alerts}), "PrometheusRule")["spec"]
    return made


@pytest.fixture(scope="session")
def scraped(
    seen: Lookout, rules: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    PROMETHEUS.skip_unless_met()
    folder: Path = tmp_path_factory.mktemp("prometheus")
    with ExitStack() as stack:
        enter = stack.enter_context
        guarded = enter(serving(seen, Access(token=TOKEN)))
        jobs = [
            job(OPEN, enter(serving(seen))),
            job(GUARDED, guarded, TOKEN, namespace=NAMESPACE, cluster="seoul"),
            job("wrong token", guarded, TOKEN[::-1]),
            job(BLIND, enter(serving(Lookout(observer(node("a")), Settings())))),
        ]
        made = enter(prometheus_of(str(prometheus()), folder, jobs, rules))
        made.wait_for(lambda: len(made.now("count_over_time(up[1m]) > 2")) == len(jobs))
        yield made


def variables(of: str, **chosen: str) -> dict[str, str]:
    every = {"cluster": ".*", "instance": ".*", "job": of} | chosen
    seconds = {"interval": "1s", "rate_interval": "4s", "range_s": str(RANGE_SECONDS)}
    seconds["range"] = f"{RANGE_SECONDS}s"
    return every | {f"__{name}": text for name, text in seconds.items()}


def numbers(series: Series) -> list[float]:
    pairs = [pair for one in series for pair in one.get("values", [one.get("value")])]
    return [float(number) for _, number in pairs]


def answer(scraped: Prometheus, panel: str, of: str = OPEN) -> float:
    (query,) = [query for query in queries() if query.panel == f"{panel} A"]
    (number,) = numbers(scraped.now(query.filled(variables(of))))
    return number


@pytest.mark.parametrize("of", [OPEN, GUARDED])
def test_every_query_of_the_dashboard_finds_series(scraped: Prometheus, of: str) -> None:
    asked = [(query.panel, query.filled(variables(of))) for query in queries()]
    assert len(asked) > 30
    for panel, expression in asked:
        for series in (scraped.now(expression), scraped.lately(expression, RANGE_SECONDS)):
            assert series, (panel, expression)
            assert all(map(math.isfinite, numbers(series))), (panel, expression)


def test_a_cluster_can_be_chosen(scraped: Prometheus) -> None:
    for query in queries():
        assert scraped.now(query.filled(variables(".*", cluster="seoul"))), query
        assert not scraped.now(query.filled(variables(".*", cluster="tokyo"))), query


def test_clusters_without_a_name_are_found_by_no_name(scraped: Prometheus) -> None:
    for query in queries():
        assert scraped.now(query.filled(variables(OPEN, cluster=""))), query


def test_several_clusters_are_added_up(scraped: Prometheus) -> None:
    cost = answer(scraped, "1 Cost a month")
    assert answer(scraped, "1 Cost a month", ".*") == pytest.approx(2 * cost)
    assert answer(scraped, "3 Gap", ".*") == pytest.approx(answer(scraped, "3 Gap"))


def test_the_values_of_the_variables_are_found(scraped: Prometheus) -> None:
    labels = {item["name"] for item in dashboard()["templating"]["list"][1:]}
    assert labels == {"cluster", "job", "instance"}
    found = {label: scraped.ask(f"label/{label}/values") for label in sorted(labels)}
    assert found["cluster"] == ["seoul"]
    assert {OPEN, GUARDED, BLIND} <= {*found["job"]}
    assert len(found["instance"]) == 3


def test_the_panels_show_what_the_view_tells(scraped: Prometheus, seen: Lookout) -> None:
    sight = seen.sight
    assert sight is not None
    assert sight.advice is not None
    assert sight.view.minimum is not None
    shown = {
        "1 Cost a month": sight.view.cost.usd_per_month,
        "2 Minimum a month": sight.view.minimum.usd_per_hour * 730,
        "3 Gap": sight.view.minimum.gap,
        "4 Could be saved a month": sight.advice.saving.usd_per_month,
        "5 Pending pods": 2,
        "13 Cost in this time range": sight.view.cost.usd_per_hour * RANGE_SECONDS / 3600,
        "53 Pods": sight.view.pods,
    }
    for panel, number in shown.items():
        assert answer(scraped, panel) == pytest.approx(number), panel


def test_no_pending_pods_are_shown_as_none(scraped: Prometheus) -> None:
    (query,) = [query for query in queries() if query.panel == "5 Pending pods A"]
    none = query.filled(variables(OPEN)).replace("kubestow_pods_pending{", 'none{a="",')
    assert numbers(scraped.now(none)) == [0]


def test_the_token_lets_prometheus_in_and_another_does_not(scraped: Prometheus) -> None:
    up = {one["metric"]["job"]: float(one["value"][1]) for one in scraped.now("up")}
    assert up == {OPEN: 1, GUARDED: 1, BLIND: 1, "wrong token": 0}


def test_every_expression_of_the_alerts_is_answered(
    scraped: Prometheus, rules: dict[str, Any]
) -> None:
    groups = [group for spec in rules.values() for group in spec["groups"]]
    expressions = [rule["expr"] for group in groups for rule in group["rules"]]
    assert len(expressions) == 4 * len(ALERTS)
    for expression in expressions:
        scraped.now(expression)
        scraped.lately(expression, RANGE_SECONDS)


def test_the_alerts_are_about_what_is_wrong_and_nothing_else(scraped: Prometheus) -> None:
    def active() -> set[tuple[str, str]]:
        labels = [alert["labels"] for alert in scraped.ask("alerts")["alerts"]]
        return {(item["job"], item["alertname"]) for item in labels}

    scraped.wait_for(lambda: active() >= EXPECTED)
    assert active() == EXPECTED
    groups = scraped.ask("rules")["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    assert {rule["health"] for rule in found} == {"ok"}
    assert {rule["name"]: rule["duration"] for rule in found} == {
        "KubestowNotScraped": 300,
        "KubestowNotObserved": 300,
        "KubestowGap": 86400,
        "KubestowPodsPending": 1800,
    }


def test_an_alert_says_what_is_wrong(scraped: Prometheus) -> None:
    scraped.wait_for(lambda: len(scraped.now(f'ALERTS{{job="{OPEN}"}}')) == 3)
    alerts = [a for a in scraped.ask("alerts")["alerts"] if a["labels"]["job"] == OPEN]
    gap = answer(scraped, "3 Gap")
    assert sorted(alert["annotations"]["description"] for alert in alerts) == [
        *(
            f"1 Pending, reason {reason} ({OPEN}). They need not be the same pods all the time."
            for reason in ("NodeResourcesFit", "about to run")
        ),
        f"The nodes cost {100 * gap:.4g}% more than the proven minimum ({OPEN}). "
        "The advice of kubestow says why, and what to do first.",
    ]
