"""kubestow's reader and the real API server on the same objects; `make validation` shows more."""

import json
from collections import Counter

from kubestow.adapters.kubernetes.published import facts

from . import validation
from .control_plane import ControlPlane
from .objects import KINDS

OBJECTS = 400


def test_a_seed_makes_the_same_object_and_another_seed_another() -> None:
    assert validation.objects(7) == validation.objects(7)
    assert validation.objects(7) != validation.objects(8)


def test_every_kind_and_every_change_comes_up() -> None:
    made = [validation.objects(seed) for seed in range(1500)]
    assert {item["kind"] for item, _ in made} == {*KINDS}
    words = Counter(change.rpartition(": ")[2].partition(" ")[0] for _, change in made)
    assert {"as", "removed", "doubled", "replaced", "set", "key", "field"} <= words.keys()


def test_what_the_api_server_takes_is_read_and_what_it_refuses_is_named(
    plane: ControlPlane,
) -> None:
    totals = validation.run(plane.api, OBJECTS)
    assert (totals.stricter, totals.laxer) == ([], []), totals.table()
    assert totals.accepted > OBJECTS // 4
    assert totals.refused > OBJECTS // 4


def test_every_field_that_the_api_server_publishes_is_known(plane: ControlPlane) -> None:
    status, answer = plane.api.request("GET", "/openapi/v2")
    assert status == 200
    missing = []
    for name, schema in json.loads(answer)["definitions"].items():
        known = facts().types.get(".".join(name.split(".")[-3:]))
        # A list's own metadata is only reached through a field of Kubernetes 1.13.
        if known is not None and name.startswith("io.k8s.") and not name.endswith(".ListMeta"):
            missing += [f"{name}.{field}" for field in schema.get("properties", {})
                        if field not in known]  # fmt: skip
    assert missing == []
