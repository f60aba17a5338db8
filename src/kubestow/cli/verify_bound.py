"""The verify-bound command: does a certificate prove its minimum for this input?"""

from dataclasses import replace
from typing import TYPE_CHECKING

from kubestow.adapters.certificate_file import read_certificate
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Output
from kubestow.cli.console import output_screen, say, say_notes, show, show_json
from kubestow.cli.reading import NO_INPUT, InputOptions, read_snapshot
from kubestow.cli.resilience_options import ResilienceOptions
from kubestow.model.nodepool import WantedNetworking
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.views.bound_verdict_view import BoundVerdictView

_MADE_FOR = (
    "pass the same input, --region, --nodepool, --costs and other options as to the "
    "'kubestow plan' that wrote the certificate, and the same catalog"
)

_NEW_ONE = "'kubestow plan --certificate' writes a new one"


def verify_bound_command(
    certificate: str,
    source: InputOptions = NO_INPUT,
    *,
    prefix_delegation: bool | None = None,
    custom_networking: bool | None = None,
    headroom: str | None = None,
    max_share_per_node: str | None = None,
    on_demand_share: str | None = None,
    output: Output = "table",
) -> int:
    """Check a certificate: does it prove that no fleet for these pods costs less than its minimum?

    The check is independent of the planner: it works out again what each offering can carry, in
    whole numbers, and trusts nothing in the certificate. Pass the input and options of the plan.

    Exit code 0: the minimum is proven; 1: it is not, or the input is wrong.

    For example:

    kubestow plan -f k8s/ --region us-east-1 --certificate bound.json

    kubestow verify-bound bound.json -f k8s/ --region us-east-1

    Parameters
    ----------
    certificate
        The file that 'kubestow plan --certificate FILE' wrote.
    prefix_delegation
        The VPC CNI assigns address prefixes to interfaces, or not: as the plan was told.
    custom_networking
        The VPC CNI reserves the first network interface for the node: as the plan was told.
    headroom
        The value that the plan was made with.
    max_share_per_node
        The value that the plan was made with.
    on_demand_share
        The value that the plan was made with.
    """
    wishes = ResilienceOptions(
        headroom=headroom, max_share_per_node=max_share_per_node, on_demand_share=on_demand_share
    ).wishes
    claim = read_certificate(certificate)
    source = replace(source, region=source.region or claim.region)
    reading = read_snapshot(source, WantedNetworking(prefix_delegation, custom_networking))
    if reading is None:
        return exit_codes.WRONG_INPUT
    from kubestow.usecases.verify_bound import VerifyBoundRequest, verify_bound  # numpy: only now

    answer = verify_bound(
        VerifyBoundRequest(snapshot=reading.snapshot, certificate=claim, wishes=wishes)
    )
    say_notes(answer.notes)
    from kubestow.views.bound_verdict_view import bound_verdict_view

    view = bound_verdict_view(claim, answer.verdict, reading.problems)
    _write(view, output)
    proven = view.proven and not reading.problems
    return exit_codes.OK if proven else exit_codes.WRONG_INPUT


def _write(view: "BoundVerdictView", output: str) -> None:
    if output == "json":
        show_json(encode(view))
    else:
        from kubestow.report.verdict_text import render_verdict

        show(render_verdict(view, output_screen()))
    if not view.proven:
        is_of_another_input = any(failure.rule == "Problem" for failure in view.failures)
        say(f"error: {view.failures[0].detail}")
        say(f"hint: {_MADE_FOR if is_of_another_input else _NEW_ONE}")
