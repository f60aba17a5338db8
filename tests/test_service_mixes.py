"""A service mix as manifests is the mix: its pods, their rules and its DaemonSets."""

import json
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.service_mix import KINDS, kind_of_mix
from tests.live.service_mixes import documents

from kubestow.adapters.files import read_files


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_mix_is_read_back_as_it_was_made(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "mix.json"
    items = documents(kind, 200, 3)
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    read, made = read_files([str(file)]).cluster, kind_of_mix(kind, 200, 3)

    def shapes(pods: object) -> Counter[tuple[object, ...]]:
        return Counter(
            (dict(p.labels)["app"], p.template.requests, len(p.template.spread),
             len(p.template.anti_affinity))
            for p in pods  # type: ignore[attr-defined] # pods of a Cluster
        )  # fmt: skip

    assert shapes(read.pods) == shapes(made.pods)
    assert len(read.daemonsets) == len(made.daemonsets)


def test_a_second_mix_is_beside_the_first() -> None:
    def names(prefix: str) -> set[tuple[str, str]]:
        found = documents("small", 100, 3, prefix)
        return {(item["kind"], item["metadata"]["name"]) for item in found}

    assert names("") & names("more-") == set()
    assert {kind for kind, _ in names("more-")} == {"Service", "Deployment"}
