"""Why a pod of a lookout's sight waits, and the cheapest changes that let it run."""

from collections.abc import Callable
from dataclasses import replace

from kubestow.live.lookout import Sight
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.usecases.advise import pools_for
from kubestow.usecases.advised_plans import with_pools, with_reserved_nodes
from kubestow.usecases.explain import ExplainRequest, explain
from kubestow.views.explanation_view import ExplanationView, explanation_view
from kubestow.views.settings import Settings


def explainer(settings: Settings, seed: int = 0) -> Callable[[Sight, str], ExplanationView]:
    """Return who explains; it raises InputError where there is no such pod."""

    def explained(sight: Sight, key: str) -> ExplanationView:
        snapshot = sight.observed.snapshot
        snapshot, _ = with_reserved_nodes(with_pools(snapshot, pools_for(snapshot)[0]))
        snapshot = _without_reservations(snapshot)
        request = ExplainRequest(snapshot=snapshot, pod=key, seed=seed, rehearse=False)
        answer = explain(request, SilentReporter())
        return explanation_view(answer.explanation, key, snapshot.catalog.sources, settings)

    return explained


def _without_reservations(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot whose reserved nodes are all that there can be."""
    catalog = snapshot.catalog
    if catalog.costs is None:
        return snapshot
    costs = replace(catalog.costs, reservations=())
    return replace(snapshot, catalog=replace(catalog, costs=costs))
