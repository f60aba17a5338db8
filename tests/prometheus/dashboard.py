"""The dashboard as a file, its queries, and what Grafana would send of them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chart.helm import CHART

FILE = CHART / "dashboards" / "kubestow.json"
_METRIC = re.compile(r"\bkubestow_[a-z_]+")

Panel = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """A query of a panel, as it is written."""

    panel: str
    expression: str

    def filled(self, variables: Mapping[str, str]) -> str:
        """Return the query with its variables filled in."""
        return re.sub(r"\$(\w+)", lambda found: variables[found[1]], self.expression)


def dashboard() -> dict[str, Any]:
    """Return the dashboard."""
    return dict(json.loads(FILE.read_text("utf-8")))


def panels() -> list[Panel]:
    """Return its panels, rows too."""
    return list(dashboard()["panels"])


def queries() -> Iterator[Query]:
    """Yield every query of every panel."""
    for panel in panels():
        for target in panel.get("targets", ()):
            yield Query(f"{panel['id']} {panel['title']} {target['refId']}", target["expr"])


def metrics_in(expression: str) -> set[str]:
    """Return the metrics of kubestow that a query names."""
    return {*_METRIC.findall(expression)}
