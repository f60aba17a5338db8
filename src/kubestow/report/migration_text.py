"""A migration as text; pods blocked for the same reason share a paragraph."""

from collections.abc import Iterator, Sequence
from typing import Any

from kubestow.model.counted import counted
from kubestow.model.currency import format_money
from kubestow.model.migration import JOB, LOST, RESTART, SCALE
from kubestow.report.table import Column, Screen, fitting, heading, omitted_note, render, table
from kubestow.views.migration_obstacle_view import MigrationObstacleView
from kubestow.views.migration_view import MigrationView
from kubestow.views.runbook import StepView
from kubestow.views.wave_view import WaveView

_NAMED = 4


def render_migration(migration: MigrationView, screen: Screen) -> str:
    """Render the whole migration."""
    parts: list[Any] = [heading(_title(migration)), *_summary(migration), ""]
    parts += _obstacles(migration)
    if migration.waves:
        columns, omitted = fitting(_columns(migration.waves), screen.width)
        parts += [table(columns), *omitted_note(omitted), ""]
    for title, lines in (
        ("What is lost or left behind", list(_losses(migration))),
        ("Runbook", list(_runbook(migration.runbook))),
    ):
        if lines:
            parts += [heading(title), *lines, ""]
    parts += _notes(migration)
    return render(parts, screen)


def _title(migration: MigrationView) -> str:
    nodes = len(migration.source.nodes)
    where = f"{migration.region}: {counted(nodes, 'node')} of {migration.source.selector}"
    if not migration.ends:
        obstacles = counted(len(migration.obstacles), "obstacle")
        return f"{where} to {migration.to}: the migration cannot complete, {obstacles}"
    pods = sum(len(wave.pods) for wave in migration.waves)
    waves = counted(len(migration.waves), "wave")
    return f"{where} to {migration.to}: {counted(pods, 'pod')} can move in {waves}"


def _summary(migration: MigrationView) -> Iterator[str]:
    cost = migration.cost
    if migration.ends:
        orders = counted(migration.orders_played, "eviction order")
        yield f"  simulated  {orders}; no pod stays Pending"
        yield f"  time       about {_time(migration.time.seconds)}, by the time model below"
        line = f"  overlap    {cost.overlap_usd:.4f} USD for the old nodes until each is removed"
        if cost.local is not None:
            line += f", {format_money(cost.local.overlap, cost.local.code)}"
        if cost.unpriced:
            line += f"; {counted(len(cost.unpriced), 'node')} of unknown price"
        yield line
    launched = counted(len(migration.launched), "node")
    yield (
        f"  per hour   {cost.from_usd_per_hour:.4f} USD for the old nodes, "
        f"{cost.launched_usd_per_hour:.4f} USD for the {launched} to launch"
    )
    if migration.nodes_added:
        added = counted(migration.nodes_added, "extra node")
        yield f"  added      {added}, without which a pod stays Pending"


def _time(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


def _columns(waves: Sequence[WaveView]) -> list[Column]:
    def means(wave: WaveView, kind: str) -> str:
        return str(sum(item.means == kind for item in wave.pods))

    def named(names: Sequence[str]) -> str:
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        return ", ".join(names[:2]) + more

    return [
        Column("WAVE", tuple(str(wave.number) for wave in waves)),
        Column("LAUNCH", tuple(str(len(wave.launch)) for wave in waves)),
        Column("DRAIN", tuple(named(wave.drain) for wave in waves), right=False, drop=1),
        Column("PODS", tuple(str(len(wave.pods)) for wave in waves)),
        Column("RESTARTED", tuple(means(wave, RESTART) for wave in waves), drop=2),
        Column("SCALED UP", tuple(means(wave, SCALE) for wave in waves), drop=2),
        Column("LOST", tuple(means(wave, LOST) for wave in waves), drop=2),
        Column("TIME", tuple(_time(wave.seconds) for wave in waves)),
    ]


def _obstacles(migration: MigrationView) -> Iterator[Any]:
    alike: dict[tuple[object, ...], list[MigrationObstacleView]] = {}
    for item in migration.obstacles:
        key = (item.message, item.remedies, item.always)
        alike.setdefault(key, []).append(item)
    for items in alike.values():
        first = items[0]
        named = ", ".join(item.pod for item in items[:_NAMED])
        named += f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
        orders = "in any order" if first.always else "in the orders simulated"
        yield heading(f"{named} cannot move {orders}")
        yield f"  {first.message}"
        yield from (f"  - {line}" for line in first.offerings)
        yield from (f"  hint: {line}" for line in first.remedies)
        yield ""


def _losses(migration: MigrationView) -> Iterator[str]:
    for item in migration.losses:
        volumes = ", ".join(item.volumes)
        if item.kind == LOST:
            yield f"  {item.pod}: the pod itself; nothing recreates it"
        elif item.kind == JOB:
            yield f"  {item.pod}: its work starts over, which counts as a failure of its Job"
        elif item.kind == "emptyDir":
            yield f"  {item.pod}: emptyDir {volumes}: its data is deleted"
        else:
            yield f"  {item.pod}: hostPath {volumes}: its data stays on the old node"
    for pod in migration.without_stand_in:
        yield f"  {pod}: the only replica; it is down until its replacement is Ready"


def _runbook(steps: Sequence[StepView]) -> Iterator[str]:
    for number, step in enumerate(steps):
        yield (
            f"  {number}. wave {step.wave}: {step.title}"
            if step.wave
            else (f"  {number}. {step.title}")
        )
        for command in step.commands:
            yield from (f"       {line}" for line in command.splitlines())
        yield f"     expect  {step.expect}"
        yield f"     undo    {step.back}"


def _notes(migration: MigrationView) -> Iterator[str]:
    waiting = migration.pending_before_and_after
    if waiting:
        named = ", ".join(waiting[:_NAMED])
        more = f" and {len(waiting) - _NAMED} more" if len(waiting) > _NAMED else ""
        yield f"note: Pending before and after: {named}{more}"
    yield from (f"note: {line}" for line in migration.assumptions)
    for item in migration.ignored:
        yield f"ignored: {item.count} {item.kind}: {item.reason}"
    model = migration.time.model
    yield (
        f"time model: {model.launch_seconds} s to launch a node, {model.ready_seconds} s until "
        f"a pod is Ready, {model.volume_seconds} s to move a volume, full grace periods"
    )
    yield f"prices: {'; '.join(migration.price_sources)}"
