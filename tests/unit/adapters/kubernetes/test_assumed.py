"""Notes on what an input does not hold."""

import pytest

from kubestow.adapters.kubernetes.assumed import assumed

NOTHING = {"unknown_priorities": (), "replanned": 0, "from_scratch": False, "unknown_claims": 0}
NOTES = [
    ({"unknown_priorities": {"b", "a"}},
     "PriorityClasses not in the input, treated as priority 0: a, b"),
    ({"replanned": 1}, "1 pod is bound to nodes not in the input: planned as pending"),
    ({"replanned": 2}, "2 pods are bound to nodes not in the input: planned as pending"),
    ({"replanned": 2, "from_scratch": True},
     "2 pods already run on nodes: planned from scratch"),
    ({"unknown_claims": 1},
     "1 PersistentVolumeClaim of StatefulSets' pods is not in the input: treated as new, although "
     "their volumes may be tied to a zone"),
]  # fmt: skip


@pytest.mark.parametrize(("missing", "note"), NOTES)
def test_what_is_missing_is_told(missing: dict[str, object], note: str) -> None:
    assert assumed(**(NOTHING | missing)) == [note]  # type: ignore[arg-type] # as its keywords


def test_nothing_is_told_where_nothing_is_missing() -> None:
    assert assumed(**NOTHING) == []  # type: ignore[arg-type] # as its keywords
