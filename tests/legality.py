"""What the judge says of an option's plan."""

from kubestow.model.option import PlanWithInput
from kubestow.verify import judge


def is_legal(planned: PlanWithInput) -> bool:
    """Tell whether the judge finds no violation in a plan."""
    return not judge(planned.snapshot, planned.plan, planned.pools)
