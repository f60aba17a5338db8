from kubestow.model.bound_verdict import BoundVerdict
from kubestow.model.certificate import Certificate
from kubestow.model.violation import Violation
from kubestow.views.bound_verdict_view import bound_verdict_view

CLAIM = Certificate("us-east-1", "sha256:0", "L4", 3000, (1, 1), ())


def test_a_verdict_without_failures_is_proven() -> None:
    view = bound_verdict_view(CLAIM, BoundVerdict(3000, (), 3000, pods=2), ())
    assert (view.proven, view.region, view.rung, view.pods) == (True, "us-east-1", "L4", 2)
    assert view.claimed_usd_per_hour == view.proven_usd_per_hour == 3000 / 10**9


def test_failures_say_what_is_wrong() -> None:
    failure = Violation("Bound", "boundNanoUsdPerHour", "it proves 1, not 2")
    view = bound_verdict_view(CLAIM, BoundVerdict(2, (failure,), 1), ())
    assert not view.proven
    assert [(f.rule, f.detail) for f in view.failures] == [("Bound", "it proves 1, not 2")]
