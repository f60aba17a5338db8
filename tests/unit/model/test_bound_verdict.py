from kubestow.model.bound_verdict import BoundVerdict
from kubestow.model.violation import Violation


def test_a_refused_certificate_proves_nothing_whatever_it_claims() -> None:
    verdict = BoundVerdict(5, (Violation("Rung", "rung", "unknown"),))
    assert verdict.claimed_nano_usd_per_hour == 5
    assert verdict.proven_nano_usd_per_hour == 0
    assert verdict.shown == ()
