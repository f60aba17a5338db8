"""The findings of pods are those of each pod alone, whichever was looked at before."""

from typing import Any

import msgspec
import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.known_fields import Findings, findings
from kubestow.adapters.kubernetes.pod_findings import PodFindings

CONTAINER = {"name": "main", "image": "web"}
GOOD: dict[str, Any] = {"containers": [CONTAINER]}
MISSPELT: dict[str, Any] = {"contianers": [CONTAINER]}
REFUSED: dict[str, Any] = {"containers": [CONTAINER, CONTAINER]}


def pod(name: Any, spec: dict[str, Any], version: str = "v1") -> Document:
    """Return a pod as a document."""
    value = {"kind": "Pod", "metadata": {"name": name, "namespace": "web"}, "spec": spec}
    return Document("in.yaml", "Pod", version, msgspec.json.encode(value))


def said(found: Findings) -> list[tuple[str, str, str]]:
    """Return the errors that were found, as values."""
    errors = (*found.unknown, *found.invalid, *found.refused)
    return [(error.field, error.message, error.hint) for error in errors]


@pytest.mark.parametrize("spec", [GOOD, MISSPELT, REFUSED])
@pytest.mark.parametrize("name", ["web-2", "Web_2", "", 7, None])
def test_a_pod_is_found_to_be_what_it_is_beside_one_that_is_like_it(
    spec: dict[str, Any], name: Any
) -> None:
    known = PodFindings()
    known.of(pod("web-1", spec))
    assert said(known.of(pod(name, spec))) == said(findings(pod(name, spec)))


def test_replicas_are_looked_into_once() -> None:
    known = PodFindings()
    assert known.of(pod("web-1", REFUSED)) is known.of(pod("web-2", REFUSED))
    assert known.of(pod("web-1", REFUSED)) is not known.of(pod("web-1", GOOD))


def test_what_is_no_pod_at_all_is_left_to_the_decoder() -> None:
    broken = Document("in.yaml", "Pod", "v1", b"[1, 2")
    assert PodFindings().of(broken) == findings(broken)
