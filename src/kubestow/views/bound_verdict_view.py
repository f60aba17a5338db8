"""BoundVerdictView: what a certificate proves about an input."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.bound_verdict import BoundVerdict
from kubestow.model.certificate import Certificate
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD
from kubestow.views.input_problem_view import Errors, input_problem_views
from kubestow.views.view import API_VERSION, ApiVersion, Count, NonNegative, View


class BoundFailureView(View, frozen=True):
    """Why the certificate does not prove what it claims."""

    rule: Annotated[
        str,
        Meta(
            description="The violated rule: Problem if the certificate is for another input, Bound "
            "if it proves less than it claims."
        ),
    ]
    subject: Annotated[str, Meta(description="The field, pod, offering or NodePool concerned.")]
    detail: Annotated[str, Meta(description="What is wrong.")]


class BoundVerdictView(View, frozen=True, kw_only=True):
    """What 'kubestow verify-bound -o json' writes."""

    api_version: ApiVersion = API_VERSION
    kind: Literal["BoundVerdict"] = "BoundVerdict"
    region: Annotated[str, Meta(description="The AWS region the certificate is for.")]
    proven: Annotated[bool, Meta(description="Whether the certificate proves what it claims.")]
    rung: Annotated[str, Meta(description="How the bound was found: L1, L2 or L4.")]
    claimed_usd_per_hour: Annotated[
        float, Meta(description="The minimum claimed by the certificate.")
    ]
    proven_usd_per_hour: Annotated[
        NonNegative, Meta(description="The minimum proven for this input by the check.")
    ]
    pods: Annotated[Count, Meta(description="Pods the minimum covers.")]
    offerings: Annotated[Count, Meta(description="Offerings checked.")]
    existing_nodes: Annotated[Count, Meta(description="Nodes of the input.")]
    shown: Annotated[
        dict[str, Count],
        Meta(
            description="How many offerings were shown to be worth no more than their price, by "
            "method: prices, grid, dominance or nothing fits."
        ),
    ]
    failures: Annotated[
        tuple[BoundFailureView, ...],
        Meta(description="Why the certificate does not prove what it claims; empty if it does."),
    ]
    errors: Errors


def bound_verdict_view(
    certificate: Certificate, verdict: BoundVerdict, problems: Iterable[InputProblem]
) -> BoundVerdictView:
    """Return the view of a verdict; ``problems`` are the input problems."""
    return BoundVerdictView(
        region=certificate.region,
        proven=not verdict.failures,
        rung=certificate.rung,
        claimed_usd_per_hour=verdict.claimed_nano_usd_per_hour / NANO_USD,
        proven_usd_per_hour=verdict.proven_nano_usd_per_hour / NANO_USD,
        pods=verdict.pods,
        offerings=verdict.offerings,
        existing_nodes=verdict.existing,
        shown=dict(verdict.shown),
        failures=tuple(
            BoundFailureView(rule=item.rule, subject=item.subject, detail=item.detail)
            for item in verdict.failures
        ),
        errors=input_problem_views(problems),
    )
