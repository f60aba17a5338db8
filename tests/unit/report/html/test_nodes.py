"""The picture of the nodes: bars as wide as the instances, names as text, large fleets folded."""

from kubestow.report.html.fleet import fleet_of
from kubestow.report.html.nodes import amount_text, fleet_segments, nodes_view, percent

from .samples import GIB, large, small


def test_amounts_are_written_as_people_say_them() -> None:
    assert [amount_text("cpu", n) for n in (1500, 2000, 50)] == ["1.5", "2", "0.05"]
    assert [amount_text("memory", n) for n in (3 * GIB // 2, 2**29)] == ["1.5 GiB", "512 MiB"]
    assert amount_text("pods", 1234) == "1,234"
    assert (percent(1, 8), percent(0, 0)) == ("12 %", "-")


def test_a_bar_is_as_wide_as_the_instance_and_says_its_share_of_what_pods_may_have() -> None:
    text = nodes_view(fleet_of(*small()), 730)
    # 2 x 500m and 100m of 1,900m; held back are 100m of 2,000m, so 5 % of the width.
    assert 'aria-label="cpu 58 %: 1.1 of 1.9"' in text
    assert '<i class="held" style="width:5%"' in text
    assert '<i class="w0" style="width:50%">A</i>' in text
    assert '<i class="w0" style="width:50%" title="default/web">A</i>' in text


def test_nodes_alike_are_one_box_that_names_each_with_its_pods() -> None:
    text = nodes_view(fleet_of(*small()), 730)
    assert "3 × m.large" in text
    assert "3 identical: pool-0" in text
    assert "<b>pool-1</b>: default/web-2, default/web-3" in text
    assert "0.3000 USD/h, 219.00 USD/month" in text


def test_an_estimated_price_is_marked_and_said() -> None:
    assert "~ estimated price" in nodes_view(fleet_of(*small()), 730)


def test_what_all_nodes_have_is_held_used_or_free() -> None:
    groups = fleet_of(*small()).groups
    segments, free = fleet_segments(groups, 0)
    # 4 nodes of 1,900m; 6 x 500 + 1,000 + 100 for pods and 4 x 100 for the DaemonSet.
    assert [int(s.amount) for s in segments] == [400, 400, 4100, 0, 3100]
    assert free == 3100


def test_many_boxes_are_folded_until_someone_opens_them() -> None:
    assert '<details class="card" open' in nodes_view(fleet_of(*small()), 730)
    assert '<details class="card" open' not in nodes_view(fleet_of(*large(90, 3)), 730)
