"""Programs built from Go modules: given, cached, or built; the three binaries are such programs.

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
from collections.abc import Callable, Iterator, Sequence
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
class Program:
    """A program's name, the folder of its Go module, and the package that it is built from."""

    name: str
    module: str
    package: str
    version: str = ""
    """What Kubernetes' programs say their version is."""


PROGRAMS = (
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    *(
        Program(name, "kubernetes", f"k8s.io/kubernetes/cmd/{name}", KUBERNETES_VERSION)
        for name in ("kube-apiserver", "kube-scheduler")
    ),
)


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
    return find() or Binaries(find_or_build_programs(_MODULES, PROGRAMS, progress))


def find_programs(modules: Path, programs: Sequence[Program]) -> Path | None:
    """Return the folder of the cache that has the programs of a folder of Go modules, or None."""
    folder = _CACHE / digest(modules)
    return folder if all((folder / program.name).is_file() for program in programs) else None


def find_or_build_programs(
    modules: Path, programs: Sequence[Program], progress: Callable[[str], object] = lambda _: None
) -> Path:
    """Return the folder of the programs, built first if they are not there yet."""
    found = find_programs(modules, programs)
    if found:
        return found
    if not shutil.which("go"):
        raise UnavailableError("Go is not installed, and the binaries have not been built before")
    with _locked(_CACHE):
        found = find_programs(modules, programs)  # another process may have built them meanwhile
        return found or _build(modules, programs, progress)


def digest(modules: Path = _MODULES) -> str:
    """Return what names the cache's folder: a hash of the module files."""
    total = hashlib.sha256()
    for path in sorted(modules.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(modules).as_posix().encode() + b"\0")
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(modules: Path, programs: Sequence[Program], progress: Callable[[str], object]) -> Path:
    """Build into a folder beside the cache's and rename, so that half a build is never seen."""
    folder = _CACHE / digest(modules)
    with tempfile.TemporaryDirectory(prefix="building-", dir=_CACHE) as temporary:
        built = Path(temporary) / "bin"
        built.mkdir()
        for program in programs:
            progress(f"building {program.name} {program.version}".rstrip())
            _go(modules / program.module, program, built / program.name)
        built.rename(folder)
    return folder


def _stamp(version: str) -> str:
    """Return the linker's flags that tell a program its version."""
    if not version:
        return ""
    major, minor, _ = version.removeprefix("v").split(".")
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return " ".join(f"-X {_STAMP}.{name}={value}" for name, value in values.items())


def _go(module: Path, program: Program, output: Path) -> None:
    flags = ["-trimpath", "-mod=readonly", "-ldflags", f"-s -w {_stamp(program.version)}".strip()]
    done = subprocess.run(
        ["go", "build", *flags, "-o", str(output), program.package],
        cwd=module,
        env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UnavailableError(f"go build {program.package} failed:\n{done.stderr[-2000:]}")
