"""Probes fail with a reason; metrics are those of Prometheus; nothing can be changed."""

import pytest
from starlette.testclient import TestClient

from kubestow.web.controller_app import controller_application


def client(trouble: str = "") -> TestClient:
    app = controller_application(lambda: "", lambda: trouble, lambda: b"kubestow_up 1.0\n")
    return TestClient(app)


def test_a_probe_fails_where_there_is_a_reason() -> None:
    assert client("no turn").get("/healthz").status_code == 200
    assert client().get("/readyz").json() == {"status": "ready"}
    failed = client("no turn").get("/readyz")
    assert (failed.status_code, failed.json()) == (503, {"error": "no turn"})


def test_metrics_are_prometheus_text() -> None:
    answer = client().get("/metrics")
    assert answer.text == "kubestow_up 1.0\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("path", ["/", "/api/cluster", "/static/app.css"])
def test_nothing_else_is_there(path: str) -> None:
    assert client().get(path).status_code == 404
    assert client().post("/healthz").status_code == 405
