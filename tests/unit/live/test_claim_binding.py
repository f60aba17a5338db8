"""A claim that waits is made for a node once; the pod is bound when it is bound."""

from collections.abc import Mapping
from dataclasses import replace

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live.claim_binding import bind_claims
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.testing import pod

POD = replace(pod("db"), volume_claims=("data", "absent"))
WAITING = PersistentVolumeClaim("default", "data", bind_completed=False)


class Hand:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str]]] = []

    def annotate_claim(self, namespace: str, name: str, notes: Mapping[str, str]) -> Answer:
        self.asked.append((namespace, name, notes))
        return Answer.DONE


def test_a_claim_is_made_for_a_node_and_then_waited_for() -> None:
    hand = Hand()
    steps = [
        (WAITING, False),
        (replace(WAITING, selected_node="n1"), False),
        (replace(WAITING, selected_node="n1", volume_name="pv", bind_completed=True), True),
    ]
    for claim, is_done in steps:
        cluster = Cluster(claims={("default", "data"): claim})
        assert bind_claims(hand, cluster, POD, "n1").is_done is is_done
    assert hand.asked == [("default", "data", {"volume.kubernetes.io/selected-node": "n1"})]


def test_a_pod_without_claims_waits_for_nothing() -> None:
    assert bind_claims(Hand(), Cluster(), pod("web"), "n1").is_done
