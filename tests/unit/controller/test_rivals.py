"""Who else acts in a cluster: holders of Leases that were renewed a moment ago."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.controller.rivals import Rival, RivalWatch, controller_of, rival_of
from kubestow.model.input_error import InputError

NOW = datetime(2026, 11, 29, tzinfo=UTC)
KARPENTER = "karpenter/karpenter-leader-election"
SCALER = "kube-system/cluster-autoscaler"
OWN = "kube-system/kubestow"


class Leases:
    """An API server with one Lease."""

    def __init__(self, name: str, holder: str = "x", age_seconds: int = 5) -> None:
        renewed = NOW - timedelta(seconds=age_seconds)
        self.name, self.spec = name, {"holderIdentity": holder, "renewTime": renewed.isoformat()}

    def read(self, path: str) -> tuple[Answer, Any]:
        namespace, name = self.name.split("/")
        if path.endswith(f"/namespaces/{namespace}/leases/{name}"):
            return Answer.DONE, {"spec": self.spec}
        return Answer.GONE, None


@pytest.mark.parametrize(
    ("leases", "rival", "own"),
    [
        (Leases(KARPENTER), Rival("Karpenter", KARPENTER, "karpenter"), ""),
        (Leases(SCALER), Rival("Cluster Autoscaler", SCALER, "cluster-autoscaler"), ""),
        (Leases(SCALER, age_seconds=600), None, ""),
        (Leases(OWN), None, OWN),
        (Leases(OWN, holder=""), None, ""),
        (Leases(OWN, age_seconds=600), None, ""),
    ],
)
def test_who_renews_a_lease_acts(leases: Leases, rival: Rival | None, own: str) -> None:
    hand: Any = leases
    assert rival_of(hand, NOW, scales_groups=True) == rival
    assert controller_of(hand, NOW) == own


def test_cluster_autoscaler_is_a_rival_only_of_who_scales_node_groups() -> None:
    hand: Any = Leases(SCALER)
    assert rival_of(hand, NOW) is None


def test_where_it_cannot_be_told_nothing_is_assumed() -> None:
    class Forbidding:
        def read(self, path: str) -> tuple[Answer, Any]:
            return Answer.FORBIDDEN, None

    hand: Any = Forbidding()
    with pytest.raises(InputError, match="whether Karpenter is running is not known"):
        rival_of(hand)


def test_a_watch_tells_once_why_nothing_is_done_and_when_it_goes_on() -> None:
    told: list[str] = []
    found: list[Rival | None] = [None]
    watch = RivalWatch(lambda: found[0], told.append)
    karpenter = Rival("Karpenter", KARPENTER, "karpenter")
    for rival in (None, karpenter, karpenter, None, None):
        found[0] = rival
        watch.look()
        assert bool(watch.why) == bool(rival)
    assert len(told) == 2
    assert KARPENTER in told[0]


def test_a_watch_that_cannot_tell_lets_nothing_be_done() -> None:
    looks: list[float] = []

    def away() -> Rival | None:
        raise InputError("it cannot be read", hint="")

    watch = RivalWatch(away, pause=looks.append)
    watch.look()
    assert watch.why == "it cannot be read"
    assert len(looks) == 2
    watch.look()
    assert len(looks) == 2  # nothing is done already


def test_one_look_without_an_answer_stops_nobody() -> None:
    answers = iter([InputError("it cannot be read", hint=""), None])
    told: list[str] = []

    def looked() -> Rival | None:
        answer = next(answers)
        if answer is not None:
            raise answer
        return None

    watch = RivalWatch(looked, told.append, pause=lambda seconds: None)
    watch.look()
    assert (watch.why, told) == ("", [])
