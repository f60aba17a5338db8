"""MigrationView: the waves that move pods off some nodes, or what blocks them."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta, field

from kubestow.model.counted import agreeing, counted
from kubestow.model.currency import USD, rounded_to_minor_unit
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD
from kubestow.model.migration import (
    JOB,
    LAUNCH_SECONDS,
    LOST,
    NODE_GROUP_SECONDS,
    READY_SECONDS,
    RETRY_SECONDS,
    VOLUME_SECONDS,
    Migration,
    Request,
)
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.views.input_problem_view import Errors, input_problem_views
from kubestow.views.migrated_nodes import (
    LaunchedNodeView,
    SourceView,
    launched_node_view,
    node_group,
    source_view,
)
from kubestow.views.migration_obstacle_view import MigrationObstacleView, migration_obstacle_view
from kubestow.views.runbook import StepView, runbook
from kubestow.views.settings import Settings
from kubestow.views.shared import (
    Assumptions,
    CurrencyCode,
    IgnoredObjects,
    PodKey,
    PriceSources,
    Rate,
    ignored_views,
)
from kubestow.views.view import (
    API_VERSION,
    ApiVersion,
    Count,
    CountFromOne,
    NonNegative,
    View,
    one_of,
)
from kubestow.views.wave_view import WaveView, wave_views


class LossView(View, frozen=True):
    """What a pod loses by moving: data on its node, its work, or itself."""

    pod: PodKey
    kind: Annotated[str, one_of(LOST, JOB, "emptyDir", "hostPath")]
    volumes: tuple[str, ...]


class TimeModelView(View, frozen=True):
    """The assumed duration of each part of a migration."""

    launch_seconds: Annotated[
        Count, Meta(description="From launching an instance until its node is Ready.")
    ] = LAUNCH_SECONDS
    ready_seconds: Annotated[Count, Meta(description="From binding a pod until it is Ready.")] = (
        READY_SECONDS
    )
    volume_seconds: Annotated[
        Count, Meta(description="To detach a volume from the old node and attach it to the new.")
    ] = VOLUME_SECONDS
    retry_seconds: Annotated[
        Count, Meta(description="Until kubectl drain retries an eviction that a budget refused.")
    ] = RETRY_SECONDS
    node_group_seconds: Annotated[
        Count, Meta(description="How long a managed node group update waits for a node.")
    ] = NODE_GROUP_SECONDS


class MigrationTimeView(View, frozen=True):
    """How long the migration takes, by a model of evictions."""

    seconds: Count
    model: TimeModelView


class LocalOverlapView(View, frozen=True):
    """The cost of the overlap in the user's currency."""

    code: CurrencyCode
    rate: Rate
    overlap: NonNegative


class MigrationCostView(View, frozen=True):
    """What the old and the new nodes cost."""

    from_usd_per_hour: NonNegative
    launched_usd_per_hour: NonNegative
    overlap_usd: Annotated[
        NonNegative, Meta(description="The old nodes, from the first wave until each is gone.")
    ]
    unpriced: Annotated[tuple[str, ...], Meta(description="Old nodes that no price covers.")]
    local: Annotated[
        LocalOverlapView | None, Meta(description="In the user's currency; null for USD.")
    ]


class MigrationView(View, frozen=True, kw_only=True):
    """What 'kubestow migrate -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Migration"] = "Migration"
    region: str
    source: SourceView = field(name="from")
    to: Annotated[str, Meta(description="The label selector, or plan.")]
    ends: Annotated[
        bool,
        Meta(
            description="True if the simulated waves complete: only DaemonSet and static pods are "
            "left on the nodes, and no pod that was running is Pending."
        ),
    ]
    orders_played: Annotated[
        Count, Meta(description="Eviction orders in which it completes; 0 if it does not.")
    ]
    obstacles: tuple[MigrationObstacleView, ...]
    nodes_needed: Annotated[
        CountFromOne | None,
        Meta(
            description="How many extra copies of nodes let it complete; null if no number does or "
            "none are needed."
        ),
    ]
    nodes_added: Annotated[Count, Meta(description="How many of them were launched.")]
    launched: tuple[LaunchedNodeView, ...]
    waves: tuple[WaveView, ...]
    losses: tuple[LossView, ...]
    without_stand_in: Annotated[
        tuple[PodKey, ...], Meta(description="Single replicas that are down while they move.")
    ]
    pending_before_and_after: tuple[PodKey, ...]
    time: MigrationTimeView
    cost: MigrationCostView
    ignored: IgnoredObjects
    assumptions: Assumptions
    price_sources: PriceSources
    runbook: Annotated[tuple[StepView, ...], Meta(description="Empty if it does not complete.")]
    errors: Errors


def migration_view(
    migration: Migration,
    snapshot: Snapshot,
    request: Request,
    settings: Settings,
    *,
    source: str,
    to: str,
    plan: Plan | None,
    problems: Iterable[InputProblem] = (),
) -> MigrationView:
    """Return the view of a migration.

    ``source`` and ``to`` are --from and --to; ``plan`` is the plan of the new nodes, if any.
    """
    cluster, region = snapshot.cluster, snapshot.catalog.region
    sources = source_view(source, migration, cluster, request)
    launched = tuple(launched_node_view(launch, cluster) for launch in migration.launched)
    waves = wave_views(migration)
    steps = runbook(region, sources, launched, waves, migration.losses) if migration.ends else ()
    return MigrationView(
        region=region,
        source=sources,
        to=to,
        ends=migration.ends,
        orders_played=migration.orders,
        obstacles=tuple(migration_obstacle_view(o, migration, plan) for o in migration.obstacles),
        nodes_needed=migration.spares_needed,
        nodes_added=migration.spares_used,
        launched=launched,
        waves=waves,
        losses=tuple(LossView(item.pod, item.kind, item.volumes) for item in migration.losses),
        without_stand_in=migration.down,
        pending_before_and_after=migration.waiting,
        time=MigrationTimeView(migration.seconds, TimeModelView()),
        cost=_cost(migration, request, settings),
        ignored=ignored_views(cluster.ignored),
        assumptions=tuple(
            dict.fromkeys((*cluster.assumptions, *cluster.remarks, *_notes(migration, cluster)))
        ),
        price_sources=snapshot.catalog.sources,
        runbook=steps,
        errors=input_problem_views(problems),
    )


def _cost(migration: Migration, request: Request, settings: Settings) -> MigrationCostView:
    prices = dict(request.prices)
    left = sum(prices.get(name, 0) for name in migration.sources)
    launched = sum(launch.nano_usd_per_hour or 0 for launch in migration.launched)
    overlap = migration.overlap_nano_usd / NANO_USD
    code, rate = settings.currency.code, settings.currency.rate
    local = None
    if code != USD:
        amount = float(rounded_to_minor_unit(overlap * rate, code))
        local = LocalOverlapView(code, rate, amount)
    return MigrationCostView(
        from_usd_per_hour=left / NANO_USD,
        launched_usd_per_hour=launched / NANO_USD,
        overlap_usd=overlap,
        unpriced=migration.unpriced,
        local=local,
    )


def _notes(migration: Migration, cluster: Cluster) -> Iterator[str]:
    """Yield what a user should know before starting."""
    if migration.ends and not any(wave.moves for wave in migration.waves):
        yield (
            "there is nothing to move: on these nodes the input has no pods but those of "
            "DaemonSets and static ones"
        )
    if any(node_group(dict(n.labels)) for n in cluster.nodes if n.name in migration.sources):
        yield (
            f"a managed node group update allows {NODE_GROUP_SECONDS // 60} minutes to drain a "
            "node and then fails with PodEvictionFailure unless it is forced; this runbook drains "
            "with kubectl, which has no such limit"
        )
    slow = [str(n) for n, wave in enumerate(migration.waves, 1)
            if wave.drain_seconds > NODE_GROUP_SECONDS]  # fmt: skip
    if slow:
        yield (
            f"wave {', '.join(slow)} drains for more than {NODE_GROUP_SECONDS // 60} minutes: a "
            "managed node group update would fail there"
        )
    sources = frozenset(migration.sources)
    unsupported = [pod for pod in cluster.pods
                if pod.node_name in sources and pod.template.unsupported]  # fmt: skip
    if unsupported:
        number = len(unsupported)
        yield (
            f"{counted(number, 'pod')} {agreeing(number, 'is', 'are')} simulated without the "
            "features that kubestow does not support; "
            f"{unsupported[0].key}: {unsupported[0].template.unsupported[0]}"
        )
    kinds = {move.means for wave in migration.waves for move in wave.moves}
    if LOST in kinds:
        yield "--force: pods without a controller are deleted and do not come back"
    if any(launch.nodepool for launch in migration.launched):
        yield (
            "the runbook launches the planned nodes as node groups; Karpenter would choose its own "
            "nodes once pods are Pending, which was not simulated"
        )
