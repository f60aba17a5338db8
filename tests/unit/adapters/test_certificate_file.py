"""Certificate files: what is written is read again, and what is wrong with one is said."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.adapters.certificate_file import read_certificate, write_certificate
from kubestow.model.certificate import (
    BinProof,
    Certificate,
    CertificateGrid,
    PodValue,
)
from kubestow.model.input_error import InputError

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "certificate.v1alpha1.json").read_text())
CERTIFICATE = Certificate(
    "us-east-1",
    "sha256:" + "0" * 64,
    "L4",
    123,
    (10**30 + 1, 10**30),
    (PodValue(5, ("a/b", "a/ü")), PodValue(0, ())),
    (("a/b", "a/ü"),),
    ({"cpu": 10**24, "memory": 1, "exclusive/0": 3}, {}),
    (
        BinProof("pool", "m5.large", "spot", 0, CertificateGrid(100, 2**30, count_pods=True)),
        BinProof("pool", "m5.large", "on-demand", 1),
    ),
)


def test_a_certificate_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "bound.json"
    path.write_text("old")
    write_certificate(path, CERTIFICATE)
    assert read_certificate(str(path)) == CERTIFICATE
    assert [p.name for p in tmp_path.iterdir()] == ["bound.json"]
    jsonschema.validate(json.loads(path.read_text()), SCHEMA)


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bound.json"
    path.write_text("old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(InputError, match="No space left"):
        write_certificate(path, CERTIFICATE)
    assert [p.name for p in tmp_path.iterdir()] == ["bound.json"]
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"theta": [1.5, 1]}, "theta[0]: Expected `int`, got `float`", "certificate.v1alpha1"),
        ({"theta": [1]}, "theta: Expected `array` of length 2", "certificate.v1alpha1"),
        ({"values": [{"pods": []}]}, "values[0]: Object missing required field", "v1alpha1"),
        ({"prices": [{"cpu": "1"}]}, "prices[0]", "certificate.v1alpha1"),
        ({"kind": "Plan"}, "found kubestow.dev/v1alpha1 Plan", "plan --certificate"),
        ({"value": []}, "value: unknown field", "did you mean 'values'?"),
        (
            {"bins": [{"nodePool": "a", "instanceType": "b", "capacityType": "c", "prices": 0,
                       "grid": {"cpu": 1, "memory": 1, "countPod": True}}]},
            "bins[0].grid.countPod: unknown field", "did you mean 'countPods'?",
        ),
    ],
)  # fmt: skip
def test_a_mistake_names_its_field(
    tmp_path: Path, change: dict[str, Any], message: str, hint: str
) -> None:
    path = tmp_path / "bound.json"
    write_certificate(path, CERTIFICATE)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError) as found:
        read_certificate(str(path))
    assert found.value.message.startswith(f"{path}: ")
    assert message in found.value.message
    assert hint in found.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff", "[" * 100_000])
def test_what_is_no_certificate_at_all_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bound.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=r"bound.json: "):
        read_certificate(str(path))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_certificate(str(tmp_path / "none"))
    with pytest.raises(InputError, match="is a directory"):
        read_certificate(str(tmp_path))
