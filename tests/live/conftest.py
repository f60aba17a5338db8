"""A live cluster and a cloud for tests; where they cannot run, tests are skipped and say why."""

from collections.abc import Iterator

import pytest
from tests.differential.binaries import SCHEDULING, UnavailableError, find, find_or_build
from tests.skips import GO

from kubestow.adapters.catalog_files import load_catalog
from kubestow.model.instance_type import Catalog

from .bed import LiveBed, live_bed
from .binaries import LIVE
from .cloud import LiveCloud, cloud
from .world import LiveWorld

REGION = "ap-northeast-2"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(REGION, embedded_only=True)


@pytest.fixture(scope="session")
def built() -> None:
    """Build what a bed needs, if it has not been built before."""
    try:
        for wanted in (SCHEDULING, LIVE):
            if find(wanted) is None:
                GO.skip_unless_met()
            find_or_build(wanted=wanted)
    except UnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def bed(built: None) -> Iterator[LiveBed]:
    with live_bed(audited=True) as running:
        yield running


@pytest.fixture(scope="module")
def aws(catalog: Catalog) -> Iterator[LiveCloud]:
    with cloud(catalog) as running:
        yield running


@pytest.fixture(scope="module")
def world(bed: LiveBed, aws: LiveCloud, catalog: Catalog) -> LiveWorld:
    return LiveWorld(bed.api, aws, catalog)
