"""The helm that tests run; where it cannot be built they are skipped, and say why."""

from pathlib import Path

import pytest
from tests.differential.binaries import UnavailableError
from tests.differential.conftest import plane
from tests.skips import GO

from .helm import Helm, find_helm, find_or_build_helm

__all__ = ["plane"]


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    try:
        if find_helm() is None:
            GO.skip_unless_met()
        program: Path = find_or_build_helm()
    except UnavailableError as error:
        pytest.skip(str(error))
    return Helm(program, tmp_path_factory.mktemp("helm"))
