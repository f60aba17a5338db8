"""The platforms that images are built for, from a file or from OCI layouts on disk.

Images are compared by full name and tag; docker.io, library and latest are filled in as container
runtimes do. OCI layouts follow the OCI Image Format Specification.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kubestow.adapters import kubestow_file
from kubestow.adapters.input_file import MIB, decoded_json, read_file
from kubestow.model.input_error import InputError

API_VERSION, KIND = "kubestow.dev/v1alpha1", "ImagePlatforms"
_HINT = (
    "docs/schema/image-platforms.v1alpha1.json and examples/check/image-platforms.yaml show the "
    "format"
)
_LAYOUT_HINT = (
    "expected a directory with index.json, as 'docker buildx build -o type=oci' creates it"
)
_BLOB_BYTES_MAX = 4 * MIB  # the most that a registry has to accept as a manifest
_DESCRIPTORS_MAX = 1_000
_DIGEST = re.compile(
    r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]{1,128}", re.ASCII
)  # OCI descriptors
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
Platforms = dict[str, tuple[str, ...]]

_PlatformText = Annotated[
    str,
    Meta(
        description="os/architecture or os/architecture/variant.",
        extra_json_schema={"pattern": "^[^/]+/[^/]+(/[^/]+)?$"},
    ),
]


class ImagePlatformsWire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What 'kubestow check --image-platforms' reads, in YAML or JSON."""

    api_version: Annotated[str, Meta(extra_json_schema={"const": API_VERSION})]
    kind: Annotated[str, Meta(extra_json_schema={"const": KIND})]
    images: Annotated[
        dict[str, list[_PlatformText]],
        Meta(
            description="The platforms each image is built for. An image is named as in the "
            "manifests; docker.io, library and latest may be omitted."
        ),
    ]


class Platform(msgspec.Struct, rename="camel"):
    """The platform an image is built for."""

    os: str = ""
    architecture: str = ""


class Descriptor(msgspec.Struct, rename="camel"):
    """A reference to a manifest, an index or a configuration."""

    media_type: str = ""
    digest: str = ""
    platform: Platform | None = None
    annotations: dict[str, str] | None = None


class Manifest(msgspec.Struct, rename="camel"):
    """An index (``manifests``) or a manifest (``config``)."""

    media_type: str = ""
    manifests: list[Descriptor] | None = None
    config: Descriptor | None = None


def canonical(image: str) -> str:
    """Return an image's full name: redis -> docker.io/library/redis:latest."""
    name, at, digest = image.partition("@")
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    host, path = (first, rest) if is_host else ("docker.io", name)
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    if at:
        return f"{host}/{path.partition(':')[0]}@{digest}"
    return f"{host}/{path}" if ":" in path else f"{host}/{path}:latest"


def for_images(by_image: Mapping[str, tuple[str, ...]], images: Iterable[str]) -> Platforms:
    """Return the platforms of those images, named as written, whose platforms are known."""
    by_name = {canonical(image): platforms for image, platforms in by_image.items()}
    return {i: by_name[canonical(i)] for i in images if i and canonical(i) in by_name}


def read_platforms(argument: str) -> Platforms:
    """Read a file of kind ImagePlatforms; raise InputError for the first error in it."""
    value = kubestow_file.read_mapping("--image-platforms", argument, _HINT)
    if (value.get("apiVersion"), value.get("kind")) != (API_VERSION, KIND):
        raise InputError(
            f"{argument}: expected kind {KIND}, found {value.get('kind', 'no kind')}",
            hint=f"the file starts with apiVersion: {API_VERSION} and kind: {KIND}; {_HINT}",
        )
    wire: ImagePlatformsWire = kubestow_file.decoded(
        argument, KIND, value, ImagePlatformsWire, _HINT
    )
    for image, platforms in wire.images.items():
        for platform in platforms:
            if platform.count("/") not in (1, 2):
                raise InputError(
                    f"{argument}: {KIND}: images.{image}: {platform!r} is not a platform",
                    hint="use os/architecture, such as linux/amd64",
                )
    return {image: tuple(map(plain, platforms)) for image, platforms in wire.images.items()}


def plain(platform: str) -> str:
    """Return a platform without its variant: linux/arm64/v8 -> linux/arm64."""
    return "/".join(platform.split("/")[:2])


def platforms_of(descriptors: Iterable[Descriptor]) -> tuple[str, ...]:
    """Return the platforms an index lists, without attestations (unknown/unknown)."""
    platforms = [d.platform for d in descriptors if d.platform is not None]
    return tuple(sorted({f"{p.os}/{p.architecture}" for p in platforms if p.os != "unknown"}))


def read_layout(argument: str) -> Platforms:
    """Read an OCI layout: FOLDER, or IMAGE=FOLDER if its index does not name the image."""
    named, equals, path = argument.rpartition("=")
    directory = Path(path)
    if not os.path.exists(directory / "index.json"):
        raise InputError(f"{path}: not an OCI layout", hint=_LAYOUT_HINT)
    top = _manifest(directory / "index.json")
    if len(top.manifests or ()) > _DESCRIPTORS_MAX:
        raise InputError(
            f"{path}: index.json lists more than {_DESCRIPTORS_MAX:,} manifests",
            hint="pass a layout of fewer images, or name the platforms with --image-platforms",
        )
    by_image: Platforms = {}
    for descriptor in top.manifests or ():
        notes = descriptor.annotations or {}
        texts = [notes.get(key, "") for key in _NAMES]
        names = [text for text in texts if "/" in text or ":" in text]
        name = named if equals else next(iter(names), "")
        if not name:
            raise InputError(
                f"{path}: index.json does not name the image",
                hint=f"name it: --oci-layout IMAGE={path}",
            )
        platforms = set(by_image.get(name, ())) | set(_platforms(directory, descriptor))
        by_image[name] = tuple(sorted(platforms))
    return by_image


def _platforms(directory: Path, descriptor: Descriptor) -> Iterator[str]:
    """Yield the platforms of a descriptor: its own, its index's, or its configuration's."""
    if descriptor.platform is not None:
        yield from platforms_of([descriptor])
        return
    manifest = _manifest(_blob(directory, descriptor.digest))
    if manifest.manifests is not None:
        yield from platforms_of(manifest.manifests)
    elif manifest.config is not None:
        config = _decoded(_blob(directory, manifest.config.digest), Platform)
        yield f"{config.os}/{config.architecture}"


def _blob(directory: Path, digest: str) -> Path:
    algorithm, _, encoded = digest.partition(":")
    if _DIGEST.fullmatch(digest) is None:
        raise InputError(f"{directory}: {digest!r} is not a digest", hint=_LAYOUT_HINT)
    return directory / "blobs" / algorithm / encoded


def _manifest(path: Path) -> Manifest:
    manifest: Manifest = _decoded(path, Manifest)
    return manifest


def _decoded(path: Path, shape: type[Any]) -> Any:
    content = read_file(path, limit=_BLOB_BYTES_MAX, hint=_LAYOUT_HINT)
    return decoded_json(path, content, shape, what="cannot be read", hint=_LAYOUT_HINT)
