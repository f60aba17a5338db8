"""What metrics-server tells is read; without it there is no usage, and no error."""

import json
from typing import Any

import pytest

from kubestow.adapters.kubernetes_api.api_server import ForbiddenError, Listed, NotServedError
from kubestow.adapters.kubernetes_api.usage import asked
from kubestow.model.input_error import InputError

NODES = {"items": [{"metadata": {"name": "a"}, "usage": {"cpu": "123456789n", "memory": "1Gi"}}]}
PODS = {
    "items": [
        {
            "metadata": {"name": "web", "namespace": "shop"},
            "containers": [
                {"name": "one", "usage": {"cpu": "100m", "memory": "10Mi"}},
                {"name": "two", "usage": {"cpu": "1m", "memory": "1Mi"}},
            ],
        }
    ]
}


class Telling:
    """A server with these lists, or one that refuses."""

    def __init__(self, nodes: Any, pods: Any = PODS) -> None:
        self._answers = {"nodes": nodes, "pods": pods}

    def listed(self, path: str) -> Listed:
        answer = self._answers[path.rpartition("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        return Listed((json.dumps(answer).encode(),), "1")


def test_nodes_and_pods_are_told_in_whole_units() -> None:
    found = asked(Telling(NODES))  # type: ignore[arg-type] # it is only asked for lists
    assert found is not None
    assert dict(found.nodes["a"]) == {"cpu": 124, "memory": 2**30}
    assert dict(found.pods["shop/web"]) == {"cpu": 101, "memory": 11 * 2**20}


@pytest.mark.parametrize(
    "answer",
    [
        ForbiddenError("no"),
        NotServedError("no"),
        InputError("gone", hint=""),
        {"items": "none"},
        {"items": [{"metadata": {"name": "a"}, "usage": {"cpu": "much"}}]},
    ],
)
def test_where_nobody_tells_there_is_no_usage(answer: Any) -> None:
    assert asked(Telling(answer)) is None  # type: ignore[arg-type] # it is only asked for lists
