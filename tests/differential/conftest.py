"""The control plane that tests ask; where it cannot run they are skipped, and say why."""

from collections.abc import Iterator

import pytest
from tests.skips import GO

from .binaries import UnavailableError, find, find_or_build
from .control_plane import ControlPlane, control_plane


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    try:
        if find() is None:
            GO.skip_unless_met()
        binaries = find_or_build()
    except UnavailableError as error:
        pytest.skip(str(error))
    with control_plane(binaries) as running:
        yield running
