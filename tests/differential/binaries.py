"""The three binaries: given, cached, or built from their Go modules.

Law: a folder of the cache is complete or absent; it is keyed by the module files it was built
from. Nothing is downloaded prebuilt.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

GIVEN = "KUBESTOW_KUBERNETES_BIN"
KUBERNETES_VERSION = "v1.34.4"
NAMES = ("etcd", "kube-apiserver", "kube-scheduler")

_HERE = Path(__file__).resolve().parent
_MODULES = _HERE / "go"
_CACHE = _HERE.parents[1] / ".cache" / "differential"
_STAMP = "k8s.io/component-base/version"


class UnavailableError(Exception):
    """The binaries cannot be had here; the text says why."""


@dataclass(frozen=True)
class Binaries:
    """Where the binaries are."""

    folder: Path

    @property
    def etcd(self) -> Path:
        """Return etcd's path."""
        return self.folder / "etcd"

    @property
    def kube_apiserver(self) -> Path:
        """Return kube-apiserver's path."""
        return self.folder / "kube-apiserver"

    @property
    def kube_scheduler(self) -> Path:
        """Return kube-scheduler's path."""
        return self.folder / "kube-scheduler"


def find(folder: Path | None = None) -> Binaries | None:
    """Return the binaries that are there already, or None."""
    given = os.environ.get(GIVEN)
    if given:
        folder = Path(given)
        missing = [name for name in NAMES if not (folder / name).is_file()]
        if missing:
            raise UnavailableError(f"{GIVEN} names a folder without {', '.join(missing)}")
        return Binaries(folder)
    folder = folder or _CACHE / digest()
    return Binaries(folder) if all((folder / name).is_file() for name in NAMES) else None


def find_or_build(progress: Callable[[str], object] = lambda _: None) -> Binaries:
    """Return the binaries, built first if they are not there yet (some minutes, once)."""
    found = find()
    if found:
        return found
    if not shutil.which("go"):
        raise UnavailableError("Go is not installed, and the binaries have not been built before")
    folder = _CACHE / digest()
    with _locked(_CACHE):
        found = find()  # another process may have built them while this one waited
        if not found:
            _build(folder, progress)
    return Binaries(folder)


def digest() -> str:
    """Return what names the cache's folder: a hash of the module files."""
    total = hashlib.sha256()
    for path in sorted(_MODULES.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(_MODULES).as_posix().encode() + b"\0")
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(folder: Path, progress: Callable[[str], object]) -> None:
    """Build into a folder beside the cache's and rename, so that half a build is never seen."""
    version = KUBERNETES_VERSION.removeprefix("v").split(".")
    values = {"gitVersion": KUBERNETES_VERSION, "gitMajor": version[0], "gitMinor": version[1]}
    stamp = " ".join(f"-X {_STAMP}.{name}={value}" for name, value in values.items())
    with tempfile.TemporaryDirectory(prefix="building-", dir=_CACHE) as temporary:
        built = Path(temporary) / "bin"
        built.mkdir()
        progress("building etcd")
        _go("etcd", "", built / "etcd", "go.etcd.io/etcd/server/v3")
        for name in ("kube-apiserver", "kube-scheduler"):
            progress(f"building {name} {KUBERNETES_VERSION}")
            _go("kubernetes", stamp, built / name, f"k8s.io/kubernetes/cmd/{name}")
        built.rename(folder)


def _go(module: str, stamp: str, output: Path, package: str) -> None:
    flags = ["-trimpath", "-mod=readonly", "-ldflags", f"-s -w {stamp}".strip()]
    done = subprocess.run(
        ["go", "build", *flags, "-o", str(output), package],
        cwd=_MODULES / module,
        env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UnavailableError(f"go build {package} failed:\n{done.stderr[-2000:]}")
