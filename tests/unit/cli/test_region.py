from pathlib import Path

import pytest

from kubestow.cli.region import resolve_region

CONFIG = """\
[default]
region = eu-west-1

[profile prod]
region = ap-northeast-2
s3 =
    max_concurrent_requests = 20

[profile "two words"]
region = us-west-2

[profile bare]
output = json
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize(
    ("sentence", "explicit", "environment", "region", "how"),
    [
        (
            "the flag comes first",
            "us-east-2",
            {"AWS_REGION": "sa-east-1", "AWS_DEFAULT_REGION": "eu-north-1"},
            "us-east-2",
            "--region",
        ),
        (
            "AWS_REGION comes before AWS_DEFAULT_REGION",
            None,
            {"AWS_REGION": "sa-east-1", "AWS_DEFAULT_REGION": "eu-north-1"},
            "sa-east-1",
            "AWS_REGION",
        ),
        (
            "AWS_DEFAULT_REGION comes before the profile",
            None,
            {"AWS_DEFAULT_REGION": "eu-north-1", "AWS_PROFILE": "prod"},
            "eu-north-1",
            "AWS_DEFAULT_REGION",
        ),
        (
            "an empty variable counts as unset",
            None,
            {"AWS_REGION": "", "AWS_DEFAULT_REGION": " "},
            "eu-west-1",
            "profile 'default'",
        ),
        ("the default profile is read", None, {}, "eu-west-1", "profile 'default'"),
        (
            "AWS_PROFILE chooses the profile",
            None,
            {"AWS_PROFILE": "prod"},
            "ap-northeast-2",
            "profile 'prod'",
        ),
        (
            "a profile's name may be quoted",
            None,
            {"AWS_PROFILE": "two words"},
            "us-west-2",
            "profile 'two words'",
        ),
        (
            "a profile without a region borrows none",
            None,
            {"AWS_PROFILE": "bare"},
            "us-east-1",
            "assumed",
        ),
        ("an unknown profile has none", None, {"AWS_PROFILE": "nobody"}, "us-east-1", "assumed"),
    ],
)
def test_region(
    monkeypatch: pytest.MonkeyPatch,
    sentence: str,
    explicit: str | None,
    environment: dict[str, str],
    region: str,
    how: str,
) -> None:
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    found, found_how = resolve_region(explicit)
    assert found == region, sentence
    assert found_how.startswith(how), sentence


def test_aws_config_file_is_respected(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "other").write_text("[default]\nregion = me-south-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", "~/other")
    region, how = resolve_region(None)
    assert region == "me-south-1"
    assert str(home / "other") in how


@pytest.mark.parametrize("content", [b"region = lost\n", b"[default\n", b"\xff\xfe\x00", b""])
def test_a_config_file_that_cannot_be_read_is_as_none(home: Path, content: bytes) -> None:
    (home / ".aws" / "config").write_bytes(content)
    assert resolve_region(None) == ("us-east-1", "assumed")


def test_without_anything_us_east_1_is_assumed(home: Path) -> None:
    (home / ".aws" / "config").unlink()
    assert resolve_region(None) == ("us-east-1", "assumed")
