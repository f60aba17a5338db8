"""A migration as text; pods that are stopped for the same reason share a paragraph."""

from collections.abc import Iterator, Sequence
from typing import Any

from kubestow.model.currency import format_money
from kubestow.model.migration import JOB, LOST, RESTART, SCALE
from kubestow.report.table import Column, Screen, fitting, heading, left_out_note, render, table
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
        kept, left_out = fitting(_columns(migration.waves), screen.width)
        parts += [table(kept), *left_out_note(left_out), ""]
    for title, lines in (
        ("What does not move along", list(_losses(migration))),
        ("Runbook", list(_runbook(migration.runbook))),
    ):
        if lines:
            parts += [heading(title), *lines, ""]
    parts += _notes(migration)
    return render(parts, screen)


def _title(migration: MigrationView) -> str:
    nodes = len(migration.source.nodes)
    where = f"{migration.region}: {_count(nodes, 'node')} of {migration.source.selector}"
    if not migration.ends:
        stopped = _count(len(migration.obstacles), "obstacle")
        return f"{where} to {migration.to}: it does not end; {stopped}"
    pods = sum(len(wave.pods) for wave in migration.waves)
    waves = _count(len(migration.waves), "wave")
    return f"{where} to {migration.to}: {_count(pods, 'pod')} in {waves}, and it ends"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _summary(migration: MigrationView) -> Iterator[str]:
    cost = migration.cost
    if migration.ends:
        yield f"  played     {migration.orders_played} orders of eviction; no pod stays Pending"
        yield f"  time       about {_time(migration.time.seconds)}, by the model of evictions"
        line = f"  overlap    {cost.overlap_usd:.4f} USD for the old nodes until each is gone"
        if cost.local is not None:
            line += f", {format_money(cost.local.overlap, cost.local.code)}"
        if cost.unpriced:
            line += f"; {_count(len(cost.unpriced), 'node')} of unknown price"
        yield line
    launched = _count(len(migration.launched), "node")
    yield (
        f"  per hour   {cost.from_usd_per_hour:.4f} USD the nodes to leave, "
        f"{cost.launched_usd_per_hour:.4f} USD the {launched} to launch"
    )
    if migration.nodes_added:
        added = _count(migration.nodes_added, "node")
        yield f"  added      {added} more than planned or there: without, a pod stays Pending"


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
        always = "in every order" if first.always else "in the orders that were played"
        yield heading(f"{named} cannot move, {always}")
        yield f"  {first.message}"
        yield from (f"  - {line}" for line in first.offerings)
        yield from (f"  hint: {line}" for line in first.remedies)
        yield ""


def _losses(migration: MigrationView) -> Iterator[str]:
    for item in migration.losses:
        volumes = ", ".join(item.volumes)
        if item.kind == LOST:
            yield f"  {item.pod}: the pod itself; nothing makes it anew"
        elif item.kind == JOB:
            yield f"  {item.pod}: its work begins again, and counts as a failure of its Job"
        elif item.kind == "emptyDir":
            yield f"  {item.pod}: emptyDir {volumes}: its data is deleted"
        else:
            yield f"  {item.pod}: hostPath {volumes}: its data stays on the old node"
    for pod in migration.without_stand_in:
        yield f"  {pod}: the only replica; it is down until its successor is Ready"


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
        yield f"     back    {step.back}"


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
        f"a pod is Ready, {model.volume_seconds} s to move a volume, whole grace periods"
    )
    yield f"prices: {'; '.join(migration.price_sources)}"
