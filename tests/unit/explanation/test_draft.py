from kubestow import engine
from kubestow.explanation.adjustments import Adjustment
from kubestow.explanation.draft import Draft, draft, with_limits
from kubestow.explanation.prescreen import Prescreen
from kubestow.model import explanation as kinds
from kubestow.model import labels as names
from kubestow.model.explanation import Change
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Snapshot
from kubestow.testing import GENERAL, catalog, nodepool, pod, snapshot

LOWER_CPU = Adjustment(kinds.LOWER_REQUEST, "cpu")
RAISE_CPU = Adjustment(kinds.RAISE_LIMIT, "cpu", "p")
TEN = nodepool("p", limits=(("cpu", 1000),))


def drafted(given: Snapshot, *moves: Adjustment) -> Draft | None:
    screen = Prescreen(given, given.cluster.nodepools, 0, 1)
    return draft(screen, moves, given.cluster.pods[0].template)


def test_a_request_is_lowered_to_the_largest_that_fits() -> None:
    found = drafted(snapshot([pod("a", "20")]), LOWER_CPU)
    assert found is not None
    assert found.changes == (Change(kinds.LOWER_REQUEST, "cpu", "20", "15890m"),)
    assert dict(found.template.requests)["cpu"] == 15_890
    assert ("m5.4xlarge", "zone-a", "on-demand") in found.offerings


def test_a_pool_is_widened_by_the_cheapest_value_that_helps() -> None:
    pool = nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"]))
    allow = Adjustment(kinds.ALLOW_IN_POOL, names.INSTANCE_TYPE, "p")
    found = drafted(snapshot([pod("a", "3")], nodepools=(pool,)), allow)
    assert found is not None
    (change,) = found.changes
    assert (change.nodepool, change.added) == ("p", "c5.xlarge")
    assert found.pools[0].requirements.by_key[names.INSTANCE_TYPE].has("c5.xlarge")


def test_moves_that_cannot_help_make_no_draft() -> None:
    tolerant = Adjustment(kinds.DROP_NODE_SELECTOR, "team")
    assert drafted(snapshot([pod("a", "20")]), tolerant) is None
    assert drafted(snapshot([pod("a", "20")])) is None


def test_a_limit_that_is_raised_is_left_out_until_a_plan_says_how_far() -> None:
    given = snapshot([pod("a")], nodepools=(TEN,), catalog_of=catalog(GENERAL[0]))
    found = drafted(given, RAISE_CPU)
    assert found is not None
    assert (found.raised, found.pools[0].limits, found.changes) == ((("p", "cpu"),), (), ())
    limited = with_limits(found, (TEN,), given, engine.plan(without_limits(given)))
    assert limited is not None
    assert limited.pools[0].limits == (("cpu", 2000),)
    raised = Change(kinds.RAISE_LIMIT, "cpu", "1", "2", "p", pool_kind="NodePool")
    assert limited.changes == (raised,)
    assert limited.raised == ()


def test_a_limit_that_its_plan_does_not_exceed_needs_no_raise() -> None:
    roomy = NodePool("p", limits=(("cpu", 4000),))
    given = snapshot([pod("a")], nodepools=(roomy,), catalog_of=catalog(GENERAL[0]))
    found = drafted(given, RAISE_CPU)
    assert found is not None
    assert with_limits(found, (roomy,), given, engine.plan(without_limits(given))) is None


def without_limits(given: Snapshot) -> Snapshot:
    return snapshot(given.cluster.pods, nodepools=(nodepool("p"),), catalog_of=given.catalog)
