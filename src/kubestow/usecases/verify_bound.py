"""Verify-bound: does a certificate prove its minimum for this input?"""

from dataclasses import dataclass, field

from kubestow.engine import pools_of
from kubestow.model.bound_verdict import BoundVerdict
from kubestow.model.certificate import Certificate
from kubestow.model.snapshot import Snapshot
from kubestow.model.wishes import Wishes
from kubestow.usecases.paid_nodes import with_paid_nodes
from kubestow.usecases.wishes import with_wishes
from kubestow.verify.bound import check_bound


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyBoundRequest:
    """A certificate, and the input and wishes that its plan was made for."""

    snapshot: Snapshot
    certificate: Certificate
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True, slots=True)
class VerifyBoundAnswer:
    """What the certificate proves, and notes about wishes that change nothing."""

    verdict: BoundVerdict
    notes: tuple[str, ...] = ()


def verify_bound(request: VerifyBoundRequest) -> VerifyBoundAnswer:
    """Check a certificate without planning anything, and without the planner's code."""
    wished = with_wishes(with_paid_nodes(request.snapshot), request.wishes)
    verdict = check_bound(wished.snapshot, request.certificate, pools_of(wished.snapshot))
    return VerifyBoundAnswer(verdict, wished.notes)
