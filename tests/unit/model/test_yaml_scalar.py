"""Text as YAML scalars."""

import pytest
import yaml

from kubestow.model.yaml_scalar import yaml_scalar


@pytest.mark.parametrize("text", ["web", "app.kubernetes.io/name", "v1.2-rc_3", "a@b"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert yaml_scalar(text) == text


@pytest.mark.parametrize(
    "text", ["", "1", "1.5", "1e3", "0x1F", "yes", "Off", "null", "~", "y", "2024-01-02", "a: b",
             "12:30", ".5", "-x", 'a"b', "line\nbreak"]
)  # fmt: skip
def test_what_some_reader_takes_for_something_else_is_quoted_and_reads_back(text: str) -> None:
    assert yaml_scalar(text).startswith('"')
    assert yaml.safe_load(f"[{yaml_scalar(text)}]") == [text]
