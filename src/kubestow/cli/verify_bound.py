"""The verify-bound command: does a certificate prove its minimum for this input?

Law: read, check, show. What is checked with shares no code with what made the certificate, and
nothing is planned.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

from kubestow.adapters.certificate_file import API_VERSION, read_certificate
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, Output
from kubestow.cli.console import output_screen, say
from kubestow.cli.plan import error_document
from kubestow.cli.reading import InputOptions, can_go_on, read_input, snapshot_of
from kubestow.cli.resilience_options import ResilienceOptions
from kubestow.model.certificate import Certificate
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodepool import Networking
from kubestow.model.snapshot import Snapshot
from kubestow.report.catalog_json import Document
from kubestow.report.plan_json import encode

_MADE_FOR = (
    "give the same input, --region, --nodepool, --costs and other options as to the "
    "'kubestow plan' that wrote the certificate, and the same catalog"
)


def verify_bound_command(
    certificate: str,
    source: InputOptions,
    *,
    prefix_delegation: Flag = False,
    custom_networking: Flag = False,
    headroom: str | None = None,
    max_share_per_node: str | None = None,
    on_demand_share: str | None = None,
    output: Output = "table",
) -> int:
    """Check that a certificate proves its minimum: that no fleet for these pods costs less.

    The check is independent of the planner: it works out again what each offering can carry, in
    whole numbers, and believes nothing in the certificate. Give the input and options of the plan.

    Exit code 0: it is proven; 1: it is not, or the input was wrong.

    Examples:

    kubestow plan -f k8s/ --region us-east-1 --certificate bound.json

    kubestow verify-bound bound.json -f k8s/ --region us-east-1

    Parameters
    ----------
    certificate
        What 'kubestow plan --certificate FILE' wrote.
    prefix_delegation
        The VPC CNI hands out address prefixes.
    custom_networking
        The VPC CNI keeps the first network interface for the node.
    headroom
        As the plan was given it.
    max_share_per_node
        As the plan was given it.
    on_demand_share
        As the plan was given it.
    """
    wishes = ResilienceOptions(
        headroom=headroom, max_share_per_node=max_share_per_node, on_demand_share=on_demand_share
    )
    wishes.check()
    claim = read_certificate(certificate)
    source = replace(source, region=source.region or claim.region)
    reading = read_input(source)
    if not can_go_on(reading, source.nodepool):
        return exit_codes.WRONG_INPUT
    networking = Networking(prefix_delegation, custom_networking)
    snapshot = wishes.amended(snapshot_of(source, reading.cluster, networking))
    document = _document(claim, snapshot, reading.problems)
    _write(document, output)
    proven = document["proven"] and not reading.problems
    return exit_codes.OK if proven else exit_codes.WRONG_INPUT


def _document(claim: Certificate, snapshot: Snapshot, problems: Sequence[InputProblem]) -> Document:
    from kubestow.engine import pools_of  # numpy: only a check pays for it
    from kubestow.verify.bound import check_bound

    verdict = check_bound(snapshot, claim, pools_of(snapshot))
    return {
        "apiVersion": API_VERSION,
        "kind": "BoundVerdict",
        "region": claim.region,
        "proven": not verdict.failures,
        "rung": claim.rung,
        "claimedUsdPerHour": verdict.claimed_nano_usd_per_hour / NANO_USD,
        "provenUsdPerHour": verdict.proven_nano_usd_per_hour / NANO_USD,
        "pods": verdict.pods,
        "offerings": verdict.offerings,
        "existingNodes": verdict.existing,
        "shown": dict(verdict.shown),
        "failures": [
            {"rule": item.rule, "subject": item.subject, "detail": item.detail}
            for item in verdict.failures
        ],
        "errors": [error_document(problem) for problem in problems],
    }


def _write(document: Document, output: str) -> None:
    if output == "json":
        sys.stdout.write(encode(document))
    else:
        from kubestow.report.verdict_text import render_verdict

        sys.stdout.write(render_verdict(document, output_screen()))
    if not document["proven"]:
        rules = {item["rule"] for item in document["failures"]}
        hint = _MADE_FOR if "Problem" in rules else "'kubestow plan --certificate' writes a new one"
        say(f"error: {document['failures'][0]['detail']}")
        say(f"hint: {hint}")
