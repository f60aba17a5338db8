"""The verify-bound use case: a certificate against the input it was made for, or another."""

from fractions import Fraction

from kubestow.model.reporter import SilentReporter
from kubestow.model.wishes import Wishes
from kubestow.testing import replicas, snapshot
from kubestow.usecases.plan import PlanRequest, plan
from kubestow.usecases.verify_bound import VerifyBoundRequest, verify_bound

GIVEN = snapshot(replicas(5, "web", cpu="500m", memory="1Gi"))
WISHES = Wishes(headroom=Fraction(1, 5))


def test_a_plans_certificate_proves_its_minimum() -> None:
    answer = plan(PlanRequest(snapshot=GIVEN, wishes=WISHES, rehearse=False), SilentReporter())
    certificate = answer.certificate()
    request = VerifyBoundRequest(snapshot=GIVEN, certificate=certificate, wishes=WISHES)
    verdict = verify_bound(request).verdict
    assert verdict.failures == ()
    assert verdict.proven_nano_usd_per_hour >= verdict.claimed_nano_usd_per_hour
    without = VerifyBoundRequest(snapshot=GIVEN, certificate=certificate)
    assert [failure.rule for failure in verify_bound(without).verdict.failures] == ["Problem"]
