"""What images are built for: from a file, and from OCI layouts."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kubestow.adapters.image_platforms import canonical, for_images, read_layout, read_platforms
from kubestow.model.input_error import InputError

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "image-platforms.v1alpha1.json").read_text())
EXAMPLE = ROOT / "examples" / "check" / "image-platforms.yaml"
HEAD = "apiVersion: kubestow.dev/v1alpha1\nkind: ImagePlatforms\n"


def blob(directory: Path, value: Any) -> dict[str, Any]:
    """Write a blob; return a descriptor of it."""
    content = json.dumps(value).encode()
    digest = hashlib.sha256(content).hexdigest()
    (directory / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (directory / "blobs" / "sha256" / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def layout(directory: Path, *manifests: dict[str, Any]) -> str:
    """Write an OCI layout; return its path."""
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    index = {"schemaVersion": 2, "manifests": list(manifests)}
    (directory / "index.json").write_text(json.dumps(index))
    return str(directory)


def platform(architecture: str, **more: str) -> dict[str, Any]:
    return {"platform": {"os": "linux", "architecture": architecture} | more}


def test_the_example_is_read_and_keeps_to_the_schema() -> None:
    jsonschema.validate(yaml.safe_load(EXAMPLE.read_text()), SCHEMA)
    found = read_platforms(str(EXAMPLE))
    assert found["registry.example.com/shop/checkout:4.7.0"] == ("linux/amd64",)


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("redis", "docker.io/library/redis:latest"),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
        ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("a/b:1@sha256:00", "docker.io/a/b@sha256:00"),
    ],
)
def test_an_image_is_known_by_its_whole_name(short: str, whole: str) -> None:
    assert canonical(short) == whole
    assert for_images({whole: ("linux/arm64",)}, [short, "other"]) == {short: ("linux/arm64",)}


def test_an_index_in_the_layout_lists_platforms_and_attestations_are_none(tmp_path: Path) -> None:
    index = blob(
        tmp_path,
        {"manifests": [platform("amd64"), platform("arm64", variant="v8"),
                       {"platform": {"os": "unknown", "architecture": "unknown"}}]},
    )  # fmt: skip
    index["annotations"] = {"io.containerd.image.name": "docker.io/shop/web:1"}
    assert read_layout(layout(tmp_path, index)) == {
        "docker.io/shop/web:1": ("linux/amd64", "linux/arm64")
    }


def test_a_single_manifest_is_what_its_configuration_says(tmp_path: Path) -> None:
    config = blob(tmp_path, {"os": "linux", "architecture": "arm64"})
    manifest = blob(tmp_path, {"config": config, "layers": []})
    path = layout(tmp_path, manifest | {"annotations": {"org.opencontainers.image.ref.name": "1"}})
    assert read_layout(f"shop/web:1={path}") == {"shop/web:1": ("linux/arm64",)}
    with pytest.raises(InputError, match="does not name the image") as mistake:
        read_layout(path)
    assert mistake.value.hint == f"name it: --oci-layout IMAGE={path}"


def test_what_is_no_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an OCI layout"):
        read_layout(str(tmp_path))
    with pytest.raises(InputError, match="no such file"):
        read_layout("a:1=" + layout(tmp_path, {"digest": "sha256:0abc"}))
    with pytest.raises(InputError, match="is not a digest"):
        read_layout("a:1=" + layout(tmp_path, {"digest": "sha256:../../etc/passwd"}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("kind: Images", "expected kind ImagePlatforms, found Images"),
        (HEAD + "images: {a: [amd64]}", "images.a: 'amd64' is not a platform"),
        (HEAD + "image: {}", "unknown field image"),
        (HEAD + "images: [a]", "images"),
    ],
)
def test_a_mistake_names_the_file_and_the_field(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "i.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as mistake:
        read_platforms(str(path))
    assert mistake.value.message.startswith(f"{path}: ")
    assert message in mistake.value.message


def test_a_layout_of_very_many_images_is_refused(tmp_path: Path) -> None:
    path = layout(tmp_path, *[{"digest": f"sha256:{n}"} for n in range(1_001)])
    with pytest.raises(InputError, match="lists more than 1,000 manifests"):
        read_layout(f"a:1={path}")


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"config": "\xff"}', b"", b"null", b"\0"])
def test_a_blob_that_is_none_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = layout(tmp_path, {"digest": "sha256:0a"})
    (tmp_path / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (tmp_path / "blobs" / "sha256" / "0a").write_bytes(content)
    with pytest.raises(InputError, match="sha256/0a: cannot be read: "):
        read_layout(f"a:1={path}")


def test_a_blob_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = layout(tmp_path, {"digest": "sha256:0a"})
    (tmp_path / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    os.mkfifo(tmp_path / "blobs" / "sha256" / "0a")
    with pytest.raises(InputError, match="is a pipe"):
        read_layout(f"a:1={path}")
