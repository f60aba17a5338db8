import pytest

from kubestow.model.migration import BUDGET, Migration, MigrationObstacle

OBSTACLE = MigrationObstacle(BUDGET, "default/web", "node-1")


@pytest.mark.parametrize(("obstacles", "ends"), [((), True), ((OBSTACLE,), False)])
def test_a_migration_ends_unless_something_stands_in_its_way(
    obstacles: tuple[MigrationObstacle, ...], ends: bool
) -> None:
    migration = Migration(
        sources=("node-1",),
        waves=(),
        obstacles=obstacles,
        launched=(),
        landed=(),
        orders=1,
        spares_used=0,
        spares_needed=None,
        losses=(),
        down=(),
        waiting=(),
        seconds=0,
        overlap_nano_usd=0,
        unpriced=(),
    )
    assert migration.ends is ends
