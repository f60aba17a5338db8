"""Prefix delegation with instance types that do not support it, because they are not Nitro.

Source: EKS user guide, Assign more IP addresses to Amazon EKS nodes with prefixes.
"""

from collections.abc import Iterator

from kubestow.catalog.density import eni_limited_pods
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "prefix-delegation-unsupported",
    "error",
    "Prefix delegation is enabled, but an instance type does not support it",
    EKS + "cni-increase-ip-addresses.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Report types that are not Nitro if prefix delegation is enabled."""
    if not context.networking.prefix_delegation:
        return
    for capacity in context.capacities:
        old = [t for t in capacity.types if not t.nitro]
        if not old or (capacity.pool is not None and len(old) < len(capacity.types)):
            continue  # a NodePool can launch its other types
        reserved = 1 if context.networking.custom_networking else 0
        slots = min(eni_limited_pods(item, reserved) for item in old)
        yield RULE.finding(
            capacity.subject,
            f"{capacity.path}.instanceTypes" if capacity.group else capacity.path,
            f"not Nitro: {listed(t.name for t in old)}; the VPC CNI assigns single addresses on "
            f"such nodes, for as few as {slots} pods",
            "use Nitro types (t3, m5 and later), or plan for single addresses",
        )
