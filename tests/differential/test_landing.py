"""Small plans landed beside the real kube-scheduler, and what may happen meanwhile.

`make landing` is the long version.
"""

import pytest

from . import landing
from .control_plane import ControlPlane

PODS = 100


@pytest.mark.parametrize(
    "name",
    ["small-1", "caches-3:busy", "small-2:deleted", "caches-1:volumes", "caches-2:killed"],
)
def test_a_plan_is_landed_and_no_pod_stays_pending(plane: ControlPlane, name: str) -> None:
    row = landing.play(plane, name, PODS)
    assert row.holds, row.line()
    assert row.seconds < landing.LANDING_SECONDS_MAX
    if ":" not in name or name.endswith(":volumes"):
        assert row.as_planned == row.pods
