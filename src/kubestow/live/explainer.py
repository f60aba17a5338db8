"""Why a pod of a lookout's sight waits, and the cheapest changes that let it run."""

from collections.abc import Callable

from kubestow.live.lookout import Sight
from kubestow.model.reporter import SilentReporter
from kubestow.usecases.advise import pools_for, with_pools
from kubestow.usecases.explain import ExplainRequest, explain
from kubestow.views.explanation_view import ExplanationView, explanation_view
from kubestow.views.settings import Settings


def explainer(settings: Settings, seed: int = 0) -> Callable[[Sight, str], ExplanationView]:
    """Return who explains; it raises InputError where there is no such pod."""

    def explained(sight: Sight, key: str) -> ExplanationView:
        snapshot = sight.observed.snapshot
        snapshot = with_pools(snapshot, pools_for(snapshot)[0])
        request = ExplainRequest(snapshot=snapshot, pod=key, seed=seed, rehearse=False)
        answer = explain(request, SilentReporter())
        return explanation_view(answer.explanation, key, snapshot.catalog.sources, settings)

    return explained
