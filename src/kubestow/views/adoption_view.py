"""AdoptionView: who manages the nodes, what stops a change-over, and its runbook."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model import labels as names
from kubestow.model.adoption import Adoption, Manager, OfferedPool
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD
from kubestow.views.adoption_commands import AdoptionSettings, AdoptionStepView
from kubestow.views.adoption_kept import kept_return_steps, kept_steps
from kubestow.views.adoption_return import return_steps
from kubestow.views.adoption_steps import adoption_steps
from kubestow.views.check_view import FindingView, NotJudgedView, finding_view
from kubestow.views.input_problem_view import Errors, input_problem_views
from kubestow.views.shared import PodKey, TaintView, taint_views
from kubestow.views.view import API_VERSION, ApiVersion, Count, NonNegative, View, one_of
from kubestow.views.wave_view import wave_views

ManagerName = Annotated[str, one_of(*Manager)]


class ManagedNodesView(View, frozen=True):
    """Nodes of one group under one manager."""

    manager: Annotated[str, one_of(*Manager), Meta(description="Who launches and ends them.")]
    group_kind: Annotated[
        str, Meta(description="NodePool or a kind of node group; empty if nothing tells.")
    ]
    group: str
    nodes: tuple[str, ...]
    pods: Annotated[Count, Meta(description="Those of DaemonSets and static ones do not count.")]
    usd_per_hour: NonNegative
    unpriced: Annotated[Count, Meta(description="Nodes that no price covers.")]
    stays: Annotated[bool, Meta(description="True if none of its nodes is moved.")]


class ManagerDeploymentView(View, frozen=True):
    """A Deployment that runs a manager."""

    manager: ManagerName
    namespace: str
    name: str
    replicas: Count
    running: Annotated[
        bool, Meta(description="Its Lease is renewed or, in files, it has ready pods.")
    ]


class AdoptionSummaryView(View, frozen=True):
    """How many findings there are of each severity."""

    errors: Count
    warnings: Count
    infos: Count


class AdoptionCostView(View, frozen=True):
    """What all nodes cost, in USD an hour."""

    before: NonNegative
    after: Annotated[
        NonNegative | None,
        Meta(
            description="With the planned nodes in place of the old ones; null without a plan, "
            "and on the way back to node groups."
        ),
    ]


class AdoptionWaveView(View, frozen=True):
    """Nodes that are drained together, and the pods that leave them."""

    nodes: tuple[str, ...]
    pods: tuple[PodKey, ...]


class OfferedPoolView(View, frozen=True):
    """A NodePool made from the nodes of a group. Its security groups are not known."""

    name: str
    instance_types: tuple[str, ...]
    zones: tuple[str, ...]
    capacity_types: tuple[str, ...]
    labels: dict[str, str]
    taints: tuple[TaintView, ...]
    ami_alias: Annotated[str, Meta(description="Empty if the nodes do not tell their image.")]
    role: Annotated[str, Meta(description="As --node-role says; empty if it does not.")]
    subnets: Annotated[
        tuple[str, ...], Meta(description="Those of --subnets in its zones; empty without them.")
    ]


class AdoptionView(View, frozen=True, kw_only=True):
    """What 'kubestow adopt -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Adoption"] = "Adoption"
    region: str
    cluster: Annotated[str, Meta(description="The context, or the files.")]
    eks_cluster: str
    of: Annotated[str, one_of(*Manager), Meta(description="Whose nodes are moved.")]
    to: Annotated[str, one_of(*Manager), Meta(description="Who has them then.")]
    ready: Annotated[bool, Meta(description="True if no finding is an error.")]
    summary: AdoptionSummaryView
    managers: tuple[ManagedNodesView, ...]
    deployments: tuple[ManagerDeploymentView, ...]
    home: Annotated[tuple[str, ...], Meta(description="The nodes on which kubestow runs.")]
    moving: Annotated[tuple[str, ...], Meta(description="The nodes that are left.")]
    keeps_groups: Annotated[
        bool, Meta(description="True if node groups stay, and only who scales them changes.")
    ]
    kept_groups: Annotated[
        tuple[str, ...], Meta(description="The node groups that somebody else scales then.")
    ]
    findings: Annotated[tuple[FindingView, ...], Meta(description="The worst first.")]
    not_judged: tuple[NotJudgedView, ...]
    cost: AdoptionCostView
    orders_played: Annotated[
        Count, Meta(description="Orders of eviction in which the waves ended; 0 if none did.")
    ]
    waves: tuple[AdoptionWaveView, ...]
    offered: Annotated[
        tuple[OfferedPoolView, ...], Meta(description="NodePools, where the input has none.")
    ]
    runbook: tuple[AdoptionStepView, ...]
    assumptions: tuple[str, ...]
    price_sources: tuple[str, ...]
    errors: Errors


def adoption_view(
    adoption: Adoption,
    settings: AdoptionSettings,
    *,
    assumptions: Iterable[str],
    price_sources: tuple[str, ...],
    problems: Iterable[InputProblem] = (),
) -> AdoptionView:
    """Return the view of a change-over."""
    report, migration = adoption.report, adoption.migration
    rules = {rule.id: rule for rule in report.rules}
    waves = wave_views(migration) if migration is not None and migration.ends else ()
    if adoption.keeps_groups:
        back, over = kept_return_steps(adoption), kept_steps(adoption, settings)
    else:
        back, over = return_steps(adoption, waves), adoption_steps(adoption, waves, settings)
    steps = back if adoption.is_back else over
    after = adoption.after
    return AdoptionView(
        region=adoption.region,
        cluster=adoption.cluster_name,
        eks_cluster=adoption.eks_cluster,
        of=adoption.of,
        to=adoption.to,
        ready=report.count("error") == 0,
        summary=AdoptionSummaryView(
            report.count("error"), report.count("warning"), report.count("info")
        ),
        managers=_managers(adoption),
        deployments=tuple(
            ManagerDeploymentView(
                item.manager, item.namespace, item.name, item.replicas,
                adoption.objects.runs(item.manager, adoption.at),
            )
            for item in adoption.objects.deployments
        ),
        home=() if adoption.home is None else adoption.home.nodes,
        moving=adoption.moving,
        keeps_groups=adoption.keeps_groups,
        kept_groups=adoption.kept,
        findings=tuple(finding_view(item, rules[item.rule]) for item in report.findings),
        not_judged=tuple(NotJudgedView(item.rule, item.reason) for item in report.not_judged),
        cost=AdoptionCostView(
            adoption.before / NANO_USD, None if after is None else after / NANO_USD
        ),
        orders_played=migration.orders if migration is not None and migration.ends else 0,
        waves=tuple(
            AdoptionWaveView(wave.drain, tuple(pod.pod for pod in wave.pods)) for wave in waves
        ),
        offered=tuple(_offered(item, settings) for item in adoption.offered),
        runbook=tuple(steps),
        assumptions=tuple(dict.fromkeys(assumptions)),
        price_sources=price_sources,
        errors=input_problem_views(problems),
    )  # fmt: skip


def _managers(adoption: Adoption) -> tuple[ManagedNodesView, ...]:
    moving = set(adoption.moving)
    return tuple(
        ManagedNodesView(
            item.manager,
            item.group.kind,
            item.group.name,
            item.nodes,
            item.pods,
            item.nano_usd_per_hour / NANO_USD,
            item.unpriced,
            moving.isdisjoint(item.nodes),
        )
        for item in adoption.groups
    )


def _offered(item: OfferedPool, settings: AdoptionSettings) -> OfferedPoolView:
    pool = item.pool

    def values(key: str) -> tuple[str, ...]:
        own = pool.requirements.by_key.get(key)
        return () if own is None else tuple(sorted(own.values))

    return OfferedPoolView(
        pool.name,
        values(names.INSTANCE_TYPE),
        values(names.ZONE),
        values(names.CAPACITY_TYPE),
        dict(pool.labels),
        taint_views(pool.taints),
        item.ami_alias,
        settings.node_role,
        tuple(name for zone, name in settings.subnets if zone in values(names.ZONE)),
    )
