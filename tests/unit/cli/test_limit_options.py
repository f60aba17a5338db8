"""ActionLimits of a controller: what is no limit is refused."""

import pytest

from kubestow.cli.limit_options import LimitOptions
from kubestow.live.limited import NO_LIMITS, ActionLimits
from kubestow.model.input_error import InputError


def test_limits_are_those_that_are_given() -> None:
    assert LimitOptions().limits() == NO_LIMITS
    options = LimitOptions(
        max_usd_per_hour=12.5, max_launches_per_hour=40, max_evictions_per_hour=0
    )
    assert options.limits() == ActionLimits(12_500_000_000, 40, 0)


@pytest.mark.parametrize("options", [
    LimitOptions(max_usd_per_hour=-1), LimitOptions(max_usd_per_hour=float("nan")),
    LimitOptions(max_usd_per_hour=float("inf")), LimitOptions(max_usd_per_hour=1e300),
    LimitOptions(max_launches_per_hour=-1),
    LimitOptions(max_evictions_per_hour=-2),
])  # fmt: skip
def test_what_is_no_limit_is_refused(options: LimitOptions) -> None:
    with pytest.raises(InputError, match="--max-"):
        options.limits()
