"""The cluster that is served, and the helm that renders the alerts."""

from collections.abc import Iterator

import pytest
from tests.chart.conftest import helm

from kubestow.live.lookout import Lookout

from .cluster import looking, lookout

__all__ = ["helm"]


@pytest.fixture(scope="session")
def seen() -> Iterator[Lookout]:
    with looking(lookout()) as made:
        yield made
