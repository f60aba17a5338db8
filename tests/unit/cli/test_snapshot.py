"""kubestow snapshot: a file for -f, on standard output alone."""

import json
from pathlib import Path
from typing import Any

from kubestow.cli.main import run

SHOP = str(Path(__file__).parents[3] / "examples" / "online-shop")


def test_the_file_is_on_standard_output_and_the_rest_beside_it(capsys: Any) -> None:
    assert run(["snapshot", "-f", SHOP]) == 0
    out, err = capsys.readouterr()
    assert len(json.loads(out)["items"]) == 45
    assert err.splitlines() == ["left out: 1 ConfigMap", "45 objects written"]


def test_without_names_it_says_so(capsys: Any) -> None:
    assert run(["snapshot", "-f", SHOP, "--anonymise"]) == 0
    out, err = capsys.readouterr()
    assert "storefront" not in out
    assert "45 objects written, without names" in err


def test_without_an_input_it_says_what_to_pass(capsys: Any) -> None:
    assert run(["snapshot"]) == 1
    assert "--cluster" in capsys.readouterr().err


def test_an_object_that_cannot_be_read_is_named_and_the_rest_written(
    tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"kind":"Pod","spec":{"priority":1e999}}\n{"kind":"Pod"}')
    assert run(["snapshot", "-f", str(path)]) == 1
    out, err = capsys.readouterr()
    assert len(json.loads(out)["items"]) == 1
    assert str(path) in err
