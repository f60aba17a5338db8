"""The dashboard's ConfigMap and the PrometheusRule, as the real helm renders them."""

import json
import re
from typing import Any

import pytest

from .helm import CHART, NAMESPACE, Helm, Rendered, only
from .variants import ALERTS, ELSEWHERE, VARIANTS

LABEL = {"grafana_dashboard": "1"}


def dashboards(objects: list[Rendered]) -> list[Rendered]:
    return [
        item
        for item in objects
        if item["kind"] == "ConfigMap" and LABEL.items() <= item["metadata"]["labels"].items()
    ]


def rules(helm: Helm, values: Rendered) -> dict[str, Any]:
    (group,) = only(helm.template(values), "PrometheusRule")["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_there_is_none_by_default(helm: Helm) -> None:
    objects = helm.template()
    assert not dashboards(objects)
    assert "PrometheusRule" not in {item["kind"] for item in objects}


def test_the_dashboard_is_the_published_one(helm: Helm) -> None:
    (found,) = dashboards(helm.template(VARIANTS["dashboard"]))
    (text,) = found["data"].values()
    file = CHART / "dashboards" / "kubestow.json"
    assert json.loads(text) == json.loads(file.read_text("utf-8"))
    assert found["metadata"]["namespace"] == NAMESPACE
    assert "annotations" not in found["metadata"]


def test_it_has_the_labels_and_annotations_that_a_sidecar_wants(helm: Helm) -> None:
    objects = helm.template(VARIANTS["dashboard beside files"])
    (found,) = dashboards(objects)
    assert found["metadata"]["labels"]["team"] == "platform"
    assert found["metadata"]["annotations"] == {"grafana_folder": "Cost"}
    names = {item["metadata"]["name"] for item in objects if item["kind"] == "ConfigMap"}
    assert names == {"kubestow", "kubestow-dashboard"}


def test_elsewhere_their_names_tell_the_release(helm: Helm) -> None:
    objects = helm.template(ELSEWHERE)
    (found,) = dashboards(objects)
    places = [item["metadata"] for item in (found, only(objects, "PrometheusRule"))]
    assert [place["namespace"] for place in places] == ["monitoring", "monitoring"]
    names = [place["name"] for place in places]
    assert names == [f"{NAMESPACE}-kubestow-dashboard", f"{NAMESPACE}-kubestow"]


def test_alerts_have_the_labels_that_an_operator_selects(helm: Helm) -> None:
    rule = only(helm.template(ALERTS["alerts"]), "PrometheusRule")
    assert rule["metadata"]["labels"]["release"] == "prometheus"


def test_limits_are_those_of_the_values(helm: Helm) -> None:
    made = rules(helm, ALERTS["alerts with limits of our own"])
    assert {name: rule["for"] for name, rule in made.items()} == {
        "KubestowNotScraped": "10m",
        "KubestowNotObserved": "10m",
        "KubestowGap": "1d12h",
        "KubestowPodsPending": "2h",
    }
    assert made["KubestowGap"]["expr"].endswith("> 1")
    assert {rule["labels"]["severity"] for rule in made.values()} == {"info"}


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("alerts", ""),
        ("alerts of chosen targets", '{job="ours", cluster=~"seoul|tokyo"}'),
        ("alerts and PodMonitor", f'{{job="{NAMESPACE}/kubestow"}}'),
        ("alerts and ServiceMonitor", f'{{job="kubestow",namespace="{NAMESPACE}"}}'),
    ],
)
def test_alerts_are_about_the_targets(helm: Helm, name: str, selector: str) -> None:
    made = rules(helm, ALERTS[name])
    assert made["KubestowNotScraped"]["expr"] == f"absent(kubestow_up{selector})"
    for rule in made.values():
        selectors = re.findall(r"kubestow_[a-z_]+(\{[^}]*\})?", rule["expr"])
        assert {*selectors} == {selector}, rule["expr"]
