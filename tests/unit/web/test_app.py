"""The web application: what it answers, and to whom."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from tests.unit.live.objects import event, node, observer, pod

from kubestow.adapters.history_file import HistoryFile
from kubestow.live.explainer import explainer
from kubestow.live.lookout import Lookout, Sight, advisor_of
from kubestow.live.sampler import Sampler
from kubestow.views.explanation_view import ExplanationView
from kubestow.views.settings import Settings
from kubestow.web.access import Access
from kubestow.web.app import WebView, application

SECONDS = 60.0
TOKEN = "0123456789abcdef0123456789abcdef"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def lookout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lookout]:
    labelled = pod("web-0", "a")
    labelled["metadata"]["labels"]["note"] = HOSTILE
    seen = observer(
        node("a"),
        node("b"),
        labelled,
        pod("waits", cpu="30"),
        event("Pod", "waits", "FailedScheduling"),
    )
    settings = Settings()
    history = HistoryFile(tmp_path_factory.mktemp("history") / "h.sqlite")
    made = Lookout(
        seen, settings, advisor_of(("optimal",), settings), history=Sampler(history, pytest.fail)
    )
    made.start()
    sight = made.wait(0, SECONDS)
    while sight is not None and sight.advice is None:
        sight = made.wait(sight.number, SECONDS)
    yield made
    made.stop()
    history.close()


def client(lookout: Lookout, access: Access | None = None, **options: Any) -> TestClient:
    web = WebView(lookout, access or Access(), explainer(lookout.settings))
    base = options.pop("base_url", "http://localhost:8765")
    return TestClient(application(web), base_url=base, follow_redirects=False, **options)


@pytest.fixture
def browser(lookout: Lookout) -> TestClient:
    return client(lookout)


def test_the_cluster_is_told_with_its_cost_and_its_minimum(browser: TestClient) -> None:
    told = browser.get("/api/cluster").json()
    assert [row["name"] for row in told["nodes"]] == ["a", "b"]
    assert told["cost"]["usdPerHour"] == 0.384
    assert told["minimum"]["usdPerHour"] < 0.384
    assert told["pending"][0]["pods"] == ["shop/waits"]
    assert "Insufficient cpu" in told["pending"][0]["message"]


def test_a_nodes_page_has_what_the_console_has(browser: TestClient) -> None:
    page = browser.get("/api/nodes/a").json()
    assert page["instanceId"] == "i-0123456789abcdef0"
    assert page["conditions"][0]["good"] is True
    assert page["annotations"] == {"example.com/note": "kept"}
    assert page["system"] == {"kubelet": "v1.34.2-eks"}
    assert page["requested"]["cpu"] == "1"
    assert [(item["pod"], item["restarts"]) for item in page["pods"]] == [("shop/web-0", 2)]
    assert page["pods"][0]["usdPerHour"] == pytest.approx(0.192 * 1000 / 3920, abs=1e-6)


def test_a_pods_page_has_its_events_and_why_it_waits(browser: TestClient) -> None:
    page = browser.get("/api/pods/shop/waits").json()
    assert page["pod"]["status"] == "Pending"
    assert page["pending"]["reason"] == "NodeResourcesFit"
    assert [(item["reason"], item["count"]) for item in page["events"]] == [("FailedScheduling", 3)]
    assert page["owner"] == "ReplicaSet web-5d9c"


def test_a_pod_is_explained(browser: TestClient) -> None:
    told = browser.get("/api/pods/shop/waits/explanation").json()
    assert told["kind"] == "Explanation"
    assert told["status"] in ("Planned", "Unschedulable")


@pytest.mark.parametrize(
    "path", ["/api/nodes/zz", "/api/pods/shop/zz", "/api/pods/shop/zz/explanation"]
)
def test_what_is_not_there_is_told(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "there is no" in answer.json()["error"]


def test_a_hostile_label_stays_data(browser: TestClient) -> None:
    answer = browser.get("/api/pods/shop/web-0")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["labels"]["note"] == HOSTILE


def test_advice_is_told(browser: TestClient) -> None:
    told = browser.get("/api/advice").json()
    assert told["kind"] == "Advice"
    assert {item["cause"] for item in told["wastes"]} >= {"empty nodes"}


@pytest.mark.parametrize("hours", ["0", "-1", "x", "1e9", "nan"])
def test_hours_out_of_range_are_refused(browser: TestClient, hours: str) -> None:
    answer = browser.get(f"/api/history?hours={hours}")
    assert answer.status_code == 422
    assert "hint" in answer.json()


def test_metrics_are_what_the_view_tells(browser: TestClient) -> None:
    text = browser.get("/metrics").text
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    told = browser.get("/api/cluster").json()
    assert found["kubestow_up"] == 1
    assert found["kubestow_cost_usd_per_hour"] == told["cost"]["usdPerHour"]
    assert found["kubestow_minimum_usd_per_hour"] == told["minimum"]["usdPerHour"]
    assert found["kubestow_unused_reservations_usd_per_hour"] == 0.0
    assert found["kubestow_pods_pending"] == 1
    assert found["kubestow_nodes"] == 2


def test_every_answer_is_strict_with_browsers(browser: TestClient) -> None:
    for path in ("/", "/api/cluster", "/api/nodes/zz", "/metrics", "/login"):
        policy = browser.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/api/cluster", "/api/nodes/a", "/api/pods/shop/web-0"])
def test_nothing_can_be_changed(browser: TestClient, method: str, path: str) -> None:
    assert browser.request(method, path).status_code == 405


def test_another_name_of_this_machine_is_not_answered_without_a_token(lookout: Lookout) -> None:
    assert client(lookout, base_url="http://evil.example").get("/api/cluster").status_code == 403
    assert client(lookout, base_url="http://127.0.0.1:1").get("/api/cluster").status_code == 200


class TestToken:
    @pytest.fixture
    def guarded(self, lookout: Lookout) -> TestClient:
        return client(lookout, Access(token=TOKEN), base_url="http://cluster.example")

    @pytest.mark.parametrize("path", ["/api/cluster", "/metrics", "/events", "/static/app.js"])
    def test_without_it_nothing_is_told(self, guarded: TestClient, path: str) -> None:
        assert guarded.get(path).status_code == 401
        wrong = {"authorization": f"Bearer {TOKEN[:-1]}x"}
        assert guarded.get(path, headers=wrong).status_code == 401

    def test_probes_need_none(self, guarded: TestClient) -> None:
        assert guarded.get("/healthz").status_code == 200
        assert guarded.get("/readyz").status_code == 200

    def test_programs_send_it(self, guarded: TestClient) -> None:
        headers = {"authorization": f"Bearer {TOKEN}"}
        assert guarded.get("/metrics", headers=headers).status_code == 200

    def test_browsers_log_in_and_keep_a_cookie_that_is_not_the_token(
        self, guarded: TestClient
    ) -> None:
        assert guarded.get("/").headers["location"] == "/login"
        assert "password" in guarded.get("/login").text
        assert guarded.post("/login", data={"token": "wrong"}).status_code == 403
        answer = guarded.post("/login", data={"token": TOKEN})
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert TOKEN not in cookie
        assert guarded.get("/api/cluster").status_code == 200

    def test_a_long_form_is_refused(self, guarded: TestClient) -> None:
        assert guarded.post("/login", data={"token": "x" * 10_000}).status_code == 413


def test_a_proxys_header_lets_in(lookout: Lookout) -> None:
    guarded = client(lookout, Access(header="X-Forwarded-User"), base_url="http://k.example")
    assert guarded.get("/api/cluster").status_code == 401
    headers = {"x-forwarded-user": "minji"}
    assert guarded.get("/api/cluster", headers=headers).status_code == 200


def test_before_the_first_observation_it_lives_and_is_not_ready() -> None:
    blind = client(Lookout(observer(node("a")), Settings()))
    assert blind.get("/healthz").status_code == 200
    for path in ("/readyz", "/api/cluster", "/api/advice", "/api/nodes/a", "/api/pods/shop/a"):
        assert blind.get(path).status_code == 503
    assert "kubestow_up 0.0" in blind.get("/metrics").text


def test_the_form_of_the_page_is_json_of_the_documented_kinds(browser: TestClient) -> None:
    told = json.loads(browser.get("/api/settings").content)
    assert (told["currency"], told["namespaces"]) == ("USD", [])


def test_a_page_is_told_whose_pods_it_shows_first(lookout: Lookout) -> None:
    web = WebView(lookout, Access(), explainer(lookout.settings), namespaces=("shop",))
    page = TestClient(application(web), base_url="http://localhost:8765")
    assert page.get("/api/settings").json()["namespaces"] == ["shop"]


def test_another_site_cannot_make_a_browser_ask(browser: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    assert browser.get("/api/cluster", headers=headers).status_code == 403
    assert browser.get("/api/pods/shop/waits/explanation", headers=headers).status_code == 403
    assert browser.get("/", headers=headers).status_code == 200, "a link may lead here"


def test_few_explanations_are_worked_out_at_a_time_and_the_rest_is_told(lookout: Lookout) -> None:
    begun, go_on = threading.Event(), threading.Event()
    calls: list[str] = []

    def slow(sight: Sight, key: str) -> ExplanationView:
        calls.append(key)
        begun.set()
        assert go_on.wait(SECONDS)
        return explainer(lookout.settings)(sight, key)

    web = WebView(lookout, Access(), slow)
    with TestClient(application(web), base_url="http://localhost") as own:
        where = "/api/pods/shop/waits/explanation"
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(own.get, where) for _ in range(6)]
            assert begun.wait(SECONDS)
            assert own.get("/metrics").status_code == 200, "nothing else waits for them"
            time.sleep(0.3)
            go_on.set()
            codes = sorted(each.result().status_code for each in asked)
        assert codes[0] == 200
        assert codes[-1] == 429


def test_the_cookie_is_for_tls_alone_where_a_proxy_speaks_it(lookout: Lookout) -> None:
    guarded = client(lookout, Access(token=TOKEN), base_url="http://cluster.example")
    for scheme, secure in (("https", True), ("http", False)):
        answer = guarded.post(
            "/login", data={"token": TOKEN}, headers={"x-forwarded-proto": scheme}
        )
        assert ("secure" in answer.headers["set-cookie"].lower()) is secure
