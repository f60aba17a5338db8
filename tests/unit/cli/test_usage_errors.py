"""Command lines that cannot be understood, with what to do about them."""

from typing import Any

import pytest

from kubestow.cli.main import run


@pytest.mark.parametrize(
    ("tokens", "message", "hint"),
    [
        (["plan", "web.yaml"], "'web.yaml' is not an option of 'kubestow plan'",
         "files are passed with -f: kubestow plan -f web.yaml"),
        (["plan", "--region", "us-east-1", "web.yaml"], "'web.yaml' is not an option",
         "files are passed with -f"),
        (["check", "k8s/"], "'k8s/' is not an option of 'kubestow check'",
         "kubestow check -f k8s/"),
        (["simulate", "web.yaml"], "'web.yaml' is not an option", "kubestow simulate -f web.yaml"),
        (["plan", "-f", "a.yaml", "b.yaml"], "'b.yaml' is not an option",
         "each file needs an -f of its own"),
        (["plan", "-f", "a.yaml", "--rate", "1,391.5"], "--rate: '1,391.5' is not a number",
         "expected a number without separators: 1391.5"),
        (["plan", "-f", "a.yaml", "--rate", "much"], "--rate: 'much' is not a number",
         "expected a number, such as 1391.5"),
        (["plan", "-f", "a.yaml", "--seed", "x"], "--seed: 'x' is not a whole number",
         "expected a whole number, such as 10"),
        (["plan", "--bogus"], "Unknown option", "'kubestow plan --help'"),
        (["plan"], "the option --filename or -f is required", "-k DIRECTORY"),
        (["catalog", "regions", "x"], "", "'kubestow catalog regions --help'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_is_right(
    capsys: Any, tokens: list[str], message: str, hint: str
) -> None:
    assert run(tokens) == 1
    error, way_out = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert message in error
    assert way_out.startswith("hint: ")
    assert hint in way_out
