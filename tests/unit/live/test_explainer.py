"""A pod that waits is explained beside the reserved nodes that could run."""

import pytest
from tests.unit.live.objects import node, observed, pod, reservation

from kubestow.live.explainer import explainer
from kubestow.live.lookout import Sight
from kubestow.model.costs import Costs
from kubestow.usecases.survey import survey
from kubestow.views.cluster_view import cluster_view
from kubestow.views.settings import Settings


@pytest.mark.parametrize(("pool", "place"), [("", "reserved-own-001"), ("gone", "workers")])
def test_a_pod_goes_to_an_unused_reservation_where_a_pool_may_launch_it(
    pool: str, place: str
) -> None:
    costs = Costs("costs.yaml", reservations=(reservation(1, nodepool=pool),))
    objects = [node("a", "m5.large"), pod("web", "a", "1500m"), pod("waits", cpu="3")]
    seen = observed(*objects, costs=costs)
    found = survey(seen)
    sight = Sight(1, seen, found, cluster_view(found, Settings()), 0.0)
    told = explainer(Settings())(sight, "shop/waits")
    assert told.place is not None
    assert told.place.node.startswith(place)
