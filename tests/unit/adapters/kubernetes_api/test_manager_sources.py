"""A running cluster is asked for NodeClaims and three Leases, and tells what it may not show."""

from typing import Any

from tests.unit.adoption.clusters import claim, lease

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.adapters.kubernetes_api.manager_sources import managers_of

_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/"


class Hand:
    """Answers what it was given."""

    def __init__(self, objects: dict[str, Any], otherwise: Answer) -> None:
        self.objects, self.otherwise = objects, otherwise

    def read(self, path: str) -> tuple[Answer, Any]:
        """Return an object, or why there is none."""
        found = self.objects.get(path)
        return (self.otherwise if found is None else Answer.DONE), found


def test_what_is_there_is_read_and_what_is_absent_is_no_fault() -> None:
    objects = {
        "/apis/karpenter.sh/v1/nodeclaims": {"items": [claim("c", "n")]},
        f"{_LEASES}karpenter-leader-election": lease("karpenter-leader-election"),
    }
    found = managers_of(Hand(objects, Answer.GONE), [])  # type: ignore[arg-type] # reads alone
    assert [item.name for item in found.nodeclaims] == ["c"]
    assert [item.name for item in found.leases] == ["karpenter-leader-election"]
    assert (found.is_live, found.unread) == (True, ())


def test_what_may_not_be_read_is_told() -> None:
    found = managers_of(Hand({}, Answer.FORBIDDEN), [], ["pdb"])  # type: ignore[arg-type] # as above
    assert found.unread[0] == "pdb"
    assert any("NodeClaims" in text for text in found.unread)
    assert any("karpenter/karpenter-leader-election" in text for text in found.unread)
