"""A cluster as one table: totals, groups, nodes, and pods that wait."""

from typing import Any

import pytest

from kubestow.report.cluster_text import (
    age_text,
    bar_text,
    minimum_text,
    named_pods,
    pending_by_message,
    render_cluster,
    short_names,
    size_text,
)
from kubestow.report.table import Screen
from kubestow.views.cluster_view import (
    ClusterView,
    HourlyCostView,
    MinimumView,
    NodeRowView,
    PendingView,
    PodShareView,
    RequestedView,
    ReservedNodesView,
)
from kubestow.views.node_arrangement import Arrangement, arranged, in_namespaces
from kubestow.views.shared import LocalCostView

AT = "2026-11-29T10:00:00Z"
GIB = 2**30


def row(name: str, **fields: Any) -> NodeRowView:
    """Return a node in a row."""
    pods = fields.pop("pods", ("shop/web-0",))
    usual: dict[str, Any] = {
        "group_kind": "NodePool", "group": "general", "instance_type": "m5.xlarge",
        "zone": "zone-a", "capacity_type": "on-demand", "usd_per_hour": 0.236,
        "created_at": "2026-11-20T10:00:00Z", "status": "Ready",
        "cpu": RequestedView(2940, 3920, None), "memory": RequestedView(GIB, 4 * GIB, None),
        "share": 0.75, "pods_max": 58,
    }  # fmt: skip
    return NodeRowView(
        name=name,
        pods=tuple(PodShareView(key, 0.1, bound=False) for key in pods),
        **(usual | fields),
    )


def view(*nodes: NodeRowView, **fields: Any) -> ClusterView:
    """Return a cluster of nodes."""
    cost = sum(node.usd_per_hour or 0 for node in nodes)
    usual: dict[str, Any] = {
        "cluster": "seoul", "region": "ap-northeast-2", "at": AT, "unpriced_nodes": 0,
        "cost": HourlyCostView(cost, cost * 730, None), "pods": len(nodes), "pending_pods": 0,
        "minimum": None, "pending": (), "price_sources": ("made up",), "notes": (),
    }  # fmt: skip
    return ClusterView(nodes=nodes, **(usual | fields))


def rendered(shown: ClusterView, width: int | None = None, **how: Any) -> list[str]:
    """Return the lines of the table."""
    return render_cluster(shown, Arrangement(**how), Screen(width)).splitlines()


def test_reserved_nodes_that_do_not_run_are_told_with_the_cost() -> None:
    own = ReservedNodesView("m5", "m5.xlarge", None, 3, 1, 0.1, 0.2, "contract")
    full = ReservedNodesView("m6", "m6i.xlarge", None, 3, 3, 0.1, 0.0, "contract")
    lines = rendered(view(row("ip-1.example", reservation="m5"), reservations=(own, full)))
    told = "Of that, 0.2000 USD/hour is for reserved nodes that do not run: 2 of 3 m5.xlarge (m5)."
    assert lines[2] == told
    assert "reserved" not in rendered(view(row("ip-1.example"), reservations=(full,)))[2]


def test_totals_groups_and_nodes_are_told() -> None:
    lines = rendered(view(row("ip-1.example"), row("ip-2.example", capacity_type="spot")))
    assert lines[0] == "seoul in ap-northeast-2: 2 nodes, 2 pods, 0 Pending."
    assert lines[1] == "The nodes cost 0.4720 USD/hour (344.56 USD/month)."
    assert "NodePool general: 2 nodes" in lines[5]
    assert "########..  75 %" in lines[5]
    assert lines[6].split()[:4] == ["ip-1", "m5.xlarge", "zone-a", "on"]
    assert lines[7].split()[3] == "spot"
    assert lines[-1] == "Prices: made up."


def test_a_narrow_table_fits_and_still_tells_spot() -> None:
    nodes = [row(f"ip-{n}.example", capacity_type="spot") for n in range(3)]
    lines = rendered(view(*nodes), 80)
    assert all(len(line) <= 80 for line in lines)
    assert any("m5.xlarge spot" in line for line in lines)


def test_the_currency_of_the_user_and_unknown_prices_are_told() -> None:
    shown = view(
        row("a"), row("b", usd_per_hour=None),
        cost=HourlyCostView(0.236, 172.28, LocalCostView("KRW", 1391.5, 239_728.0)),
        unpriced_nodes=1,
    )  # fmt: skip
    text = "\n".join(rendered(shown))
    assert "239,728" in text
    assert "without 1 node of unknown price" in text
    assert " ? " in text


def test_pods_that_wait_are_grouped_by_their_reason() -> None:
    few, many = "0/1 nodes are available: 1 Too many pods.", "0/1 nodes: 1 Insufficient cpu."
    pending = (
        PendingView(("a/x",), few, ""), PendingView(("a/b", "a/c"), many, ""),
        PendingView(("a/a",), many, ""),
    )  # fmt: skip
    shown = view(row("a"), pending=pending, pending_pods=4)
    assert pending_by_message(shown) == [(("a/a", "a/b", "a/c"), many), (("a/x",), few)]
    lines = rendered(shown)
    at = lines.index("Pending pods")
    assert lines[at + 1 : at + 5] == [
        "  3 pods: a/a, a/b and 1 more", f"    {many}", "  a/x", f"    {few}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (0.3, "30.0 % above the proven minimum of 1.634 USD/hour"),
        (0.0, "at the proven minimum of 1.634 USD/hour"),
        (-0.1, "below the proven minimum of 1.634 USD/hour: some pods wait, or run on nodes that "
         "the pools do not launch"),
        (None, "without a proven minimum"),
    ],
)  # fmt: skip
def test_the_gap_is_told_in_words(gap: float | None, text: str) -> None:
    assert minimum_text(MinimumView(1.634, 1.7, gap, AT)) == text


def test_hostile_names_obey_nothing() -> None:
    shown = view(row("a\x1b[2J[red]", status="Ready\nx"), cluster="\x1b]0;x\x07")
    text = "\n".join(rendered(shown))
    assert "\x1b" not in text
    assert "\\x1b[2J[red]" in text


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("price", ["n-10", "n-2", "n-9"]), ("cpu", ["n-9", "n-2", "n-10"]),
        ("pods", ["n-2", "n-9", "n-10"]), ("age", ["n-10", "n-2", "n-9"]),
        ("name", ["n-2", "n-9", "n-10"]), ("memory", ["n-2", "n-9", "n-10"]),
    ],
)  # fmt: skip
def test_nodes_are_sorted(sort: Any, names: list[str]) -> None:
    nodes = [
        row("n-10", usd_per_hour=1.0, created_at="2026-01-01T00:00:00Z", pods=()),
        row("n-9", usd_per_hour=0.1, cpu=RequestedView(9, 10, None), created_at=None),
        row("n-2", usd_per_hour=0.2, pods=("a/a", "a/b")),
    ]
    group = arranged(nodes, Arrangement("none", sort))[0]
    assert [node.name for node in group.nodes] == names
    backwards = arranged(nodes, Arrangement("none", sort, reverse=True))[0]
    assert [node.name for node in backwards.nodes] == names[::-1]


@pytest.mark.parametrize(
    ("by", "titles"),
    [("pool", ["", "general"]), ("zone", ["zone-a", "zone-b"]), ("type", ["m5.xlarge"]),
     ("none", [""])],
)  # fmt: skip
def test_nodes_are_grouped(by: Any, titles: list[str]) -> None:
    nodes = [row("a"), row("b", zone="zone-b", group_kind="", group="")]
    groups = arranged(nodes, Arrangement(by))
    assert [group.name for group in groups] == titles
    assert sum(group.usd_per_hour for group in groups) == pytest.approx(0.472)


def test_a_filter_finds_rows_and_pods() -> None:
    nodes = [row("a", pods=("shop/web-0",)), row("b", zone="zone-B", pods=("shop/api-0",))]

    def found(text: str) -> list[str]:
        groups = arranged(nodes, Arrangement(text=text))
        return [node.name for group in groups for node in group.nodes]

    assert found("API-0") == ["b"]
    assert found("zone-b") == ["b"]
    assert found("") == ["a", "b"]
    assert rendered(view(*nodes), text="xyz")[3] == "No node matches 'xyz'."


def test_only_pods_of_some_namespaces_are_counted() -> None:
    shown = view(
        row("a", pods=("shop/web-0", "ops/agent-0")),
        pending=(PendingView(("ops/x", "shop/y"), "no", ""), PendingView(("ops/z",), "no", "")),
        pending_pods=3,
    )
    only = in_namespaces(shown, ["shop"])
    assert (only.pods, only.pending_pods) == (2, 1)
    assert [item.pods for item in only.pending] == [("shop/y",)]
    assert only.nodes[0].cpu == shown.nodes[0].cpu
    assert in_namespaces(shown, ()) is shown
    text = render_cluster(only, Arrangement(), Screen(), ["shop"])
    assert "2 pods in shop, 1 Pending" in text


@pytest.mark.parametrize(
    ("since", "text"),
    [("2026-11-20T10:00:00Z", "9d"), ("2026-11-29T05:00:00Z", "5h"), (None, "-"), ("x", "-"),
     ("2026-11-29T09:59:15Z", "45s"), ("2026-11-29T09:48:00Z", "12m"),
     ("2027-01-01T00:00:00Z", "0s")],
)  # fmt: skip
def test_ages_read_as_those_of_kubectl(since: str | None, text: str) -> None:
    assert age_text(since, AT) == text


def test_names_bars_and_sizes() -> None:
    assert short_names(["ip-1.x", "ip-2.x"]) == {"ip-1.x": "ip-1", "ip-2.x": "ip-2"}
    assert short_names(["a.x", "a.y"]) == {"a.x": "a.x", "a.y": "a.y"}
    assert [bar_text(part) for part in (None, 0.0, 0.44, 1.7)] == [
        "", "..........", "####......", "##########",
    ]  # fmt: skip
    assert size_text(16 * GIB + GIB // 2) == "16.5 Gi"
    assert size_text(512 * GIB) == "512 Gi"
    assert named_pods(["a/b"]) == "a/b"
