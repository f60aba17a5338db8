"""Lines of objects in files."""

from pathlib import Path

from kubestow.adapters.line_numbers import line_of


def test_an_object_is_found_by_kind_and_name(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "# head\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
    )
    assert line_of(str(path), "Service", "web") == 3
    assert line_of(str(path), "Deployment", "web") == 8
    assert line_of(str(path), "Deployment", "db") is None


def test_what_is_not_certain_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("kind: Pod\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: a}\n")
    assert line_of(str(path), "Pod", "a") is None
    assert line_of(str(tmp_path / "none.yaml"), "Pod", "a") is None
