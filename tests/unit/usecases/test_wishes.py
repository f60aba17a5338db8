from fractions import Fraction

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.headroom import NAMESPACE, is_headroom
from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Snapshot
from kubestow.model.wishes import Wishes
from kubestow.testing import GENERAL, catalog, nodepool, pod, replicas, snapshot
from kubestow.usecases.wishes import with_alternatives, with_wishes

HALF = Fraction(1, 2)
WEB = replicas(2, "web", cpu="1", labels={"app": "web"})
ON_SPOT = nodepool("pool", (names.CAPACITY_TYPE, "In", ["spot", "on-demand"]))


def with_spot() -> Snapshot:
    return snapshot(WEB, nodepools=(ON_SPOT,), catalog_of=catalog(*GENERAL, spot=0.3))


def test_who_wishes_nothing_gets_the_snapshot_itself() -> None:
    given = snapshot(WEB)
    wished = with_wishes(given, Wishes())
    assert wished.snapshot is given
    assert wished.notes == ()


def test_headroom_is_pods_that_ask_for_the_share() -> None:
    pods = with_wishes(snapshot(WEB), Wishes(headroom=HALF)).snapshot.cluster.pods
    asked = sum(dict(item.template.requests)["cpu"] for item in pods if is_headroom(item.key))
    assert asked == 1000


def test_spot_diversity_is_a_wish_of_every_pool_of_the_input() -> None:
    pools = with_wishes(with_spot(), Wishes(spot_diversity=(5, 2))).snapshot.cluster.nodepools
    assert [(pool.spot_types, pool.spot_zones) for pool in pools] == [(5, 2)]


def test_a_share_on_demand_or_per_node_changes_what_is_planned() -> None:
    for wishes in (Wishes(on_demand_share=HALF), Wishes(share_per_node=HALF)):
        wished = with_wishes(with_spot(), wishes)
        assert wished.snapshot != with_spot()
        assert wished.notes == ()


@pytest.mark.parametrize(
    ("given", "wishes", "share"),
    [
        pytest.param(
            snapshot(WEB), Wishes(on_demand_share=HALF), "50%", id="on demand where no spot is sold"
        ),
        pytest.param(
            snapshot([pod("idle", "0", "0", labels={"app": "x"})]),
            Wishes(headroom=Fraction(1, 8)),
            "12.5%",
            id="headroom over nothing",
        ),
    ],
)
def test_a_wish_that_changes_nothing_is_a_note_with_its_share(
    given: Snapshot, wishes: Wishes, share: str
) -> None:
    wished = with_wishes(given, wishes)
    (note,) = wished.notes
    assert share in note
    assert wished.snapshot is given


def test_pods_in_the_namespace_of_headroom_are_a_mistake() -> None:
    given = snapshot([pod("mine", namespace=NAMESPACE)])
    with pytest.raises(InputError) as error:
        with_wishes(given, Wishes(headroom=HALF))
    assert f"{NAMESPACE}/mine" in error.value.message
    assert with_wishes(given, Wishes()).snapshot is given


@pytest.mark.parametrize(
    ("wishes", "have_lists"),
    [
        (Wishes(), False),
        (Wishes(headroom=HALF), False),
        (Wishes(launch_lists=True), True),
        (Wishes(spot_diversity=(2, 1)), True),
    ],
)
def test_launch_lists_are_made_where_a_wish_needs_them(wishes: Wishes, have_lists: bool) -> None:
    given = with_spot()
    plan = with_alternatives(given, engine.plan(given), wishes)
    assert plan.nodes
    assert all((node.launch is not None) == have_lists for node in plan.nodes)
