"""An input as one file: what -f reads of it is what it read before."""

import json
from pathlib import Path

from kubestow.adapters.files import documents_of, read_files
from kubestow.adapters.kubernetes.dump import dump
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem

SHOP = Path(__file__).parents[4] / "examples" / "online-shop"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "aGk="}}


def test_a_dump_is_read_as_what_it_is_of() -> None:
    problems: list[InputProblem] = []
    made = dump(documents_of([str(SHOP)], problems), problems)
    again = read_files([Source("dump", made.content)])
    before = read_files([str(SHOP)])
    assert problems == []
    assert again.problems == ()
    assert again.cluster.pods == before.cluster.pods
    assert again.cluster.disruption_budgets == before.cluster.disruption_budgets
    assert made.left_out == (("ConfigMap", 1),)
    assert b'"env"' not in made.content


def test_secrets_are_left_out_and_items_of_lists_keep_their_kind() -> None:
    node = {"metadata": {"name": "n"}, "status": {"allocatable": {"cpu": "1"}}}
    nodes = {"apiVersion": "v1", "kind": "NodeList", "items": [node]}
    text = "\n".join(json.dumps(item) for item in (SECRET, nodes))
    problems: list[InputProblem] = []
    made = dump(documents_of([Source("x", text.encode())], problems), problems)
    (item,) = json.loads(made.content)["items"]
    assert item == {"apiVersion": "v1", "kind": "Node", **node}
    assert made.left_out == (("Secret", 1),)


def test_an_object_that_no_value_can_hold_is_named_and_the_rest_written() -> None:
    text = '{"apiVersion":"v1","kind":"Pod","spec":{"priority":1e999}}\n{"kind":"Pod"}'
    problems: list[InputProblem] = []
    made = dump(documents_of([Source("x", text.encode())], problems), problems)
    assert made.objects == 1
    assert [problem.subject for problem in problems] == ["Pod"]


def test_addresses_lose_their_passwords() -> None:
    spec = {"remoteWrite": [{"url": "https://user:hunter2@metrics.example/write"}]}
    prometheus = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "p"},
        "spec": spec,
    }
    problems: list[InputProblem] = []
    text = json.dumps(prometheus).encode()
    made = dump(documents_of([Source("x", text)], problems), problems)
    (item,) = json.loads(made.content)["items"]
    assert item["spec"]["remoteWrite"] == [{"url": "https://metrics.example/write"}]
