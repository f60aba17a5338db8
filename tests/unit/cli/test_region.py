import os
from pathlib import Path

import pytest

from kubestow.cli.region import region_for, resolve_region
from kubestow.model import labels as names
from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Cluster
from kubestow.testing import node

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


def cluster_in(*regions: str, with_nodes: bool = True) -> Cluster:
    nodes = tuple(node(f"n{i}", labels={names.REGION: r}) for i, r in enumerate(regions))
    return Cluster(nodes=nodes if with_nodes else (), regions=tuple(sorted(set(regions))))


def is_known(region: str) -> bool:
    return region in ("us-east-1", "eu-west-1")


@pytest.fixture
def nothing_named(home: Path) -> None:
    (home / ".aws" / "config").unlink()


@pytest.mark.usefixtures("nothing_named")
@pytest.mark.parametrize(
    ("sentence", "explicit", "given", "region", "lines"),
    [
        ("nothing names one", None, Cluster(), "us-east-1",
         ("region: us-east-1 is assumed; set --region or AWS_REGION to change it",)),
        ("the nodes name the one that would be assumed", None, cluster_in("us-east-1"),
         "us-east-1", ("region: us-east-1, from the nodes of the input",)),
        ("the nodes name another", None, cluster_in("eu-west-1"), "eu-west-1",
         ("region: eu-west-1, from the nodes of the input",)),
        ("a ClusterConfig names one", None, cluster_in("eu-west-1", with_nodes=False), "eu-west-1",
         ("region: eu-west-1, from the input",)),
        ("both agree", "eu-west-1", cluster_in("eu-west-1"), "eu-west-1", ()),
        ("a ClusterConfig is of another than asked for", "us-east-1",
         cluster_in("eu-west-1", with_nodes=False), "us-east-1",
         ("note: the input names eu-west-1; --region asks for us-east-1",)),
        ("nodes of another cloud are left out", None, cluster_in("europe-west1", with_nodes=False),
         "us-east-1",
         ("note: the input names europe-west1, which is not in the catalog",
          "region: us-east-1 is assumed; set --region or AWS_REGION to change it")),
    ],
)  # fmt: skip
def test_the_region_of_an_input_is_found_and_said(
    sentence: str, explicit: str | None, given: Cluster, region: str, lines: tuple[str, ...]
) -> None:
    chosen = region_for(explicit, given, is_known)
    assert (chosen.region, chosen.lines) == (region, lines), sentence


@pytest.mark.usefixtures("nothing_named")
@pytest.mark.parametrize(
    ("explicit", "given", "message", "hint"),
    [
        ("us-east-1", cluster_in("eu-west-1"), "the nodes of the input are in eu-west-1, the plan",
         "run with --region eu-west-1, or omit"),
        ("us-east-1", cluster_in("europe-west1"), "the nodes of the input are in europe-west1",
         "europe-west1 is not a region of AWS: omit the nodes with --from-scratch"),
        (None, cluster_in("europe-west1"), "europe-west1, which is not in the catalog",
         "europe-west1 is not a region of AWS"),
        (None, cluster_in("cn-north-1"), "cn-north-1, which is not in the catalog",
         "run 'kubestow catalog refresh --region cn-north-1' with AWS credentials"),
        (None, cluster_in("eu-west-1", "us-east-1"), "the input names eu-west-1, us-east-1",
         "pass the input of one region"),
        (None, cluster_in("eu-west-1", "us-east-1", with_nodes=False), "names eu-west-1, us-east-1",
         "choose one with --region: eu-west-1, us-east-1"),
    ],
)  # fmt: skip
def test_nodes_that_cannot_be_planned_with_are_a_mistake_with_a_way_out_that_works(
    explicit: str | None, given: Cluster, message: str, hint: str
) -> None:
    with pytest.raises(InputError) as raised:
        region_for(explicit, given, is_known)
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert "--region europe" not in raised.value.hint


def test_a_config_file_that_is_a_pipe_or_has_no_end_is_as_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(home / "pipe")
    for name in (str(home / "pipe"), "/dev/zero"):
        monkeypatch.setenv("AWS_CONFIG_FILE", name)
        assert resolve_region(None) == ("us-east-1", "assumed")
