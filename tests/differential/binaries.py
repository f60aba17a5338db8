"""Sets of binaries: given, cached, or built from their Go modules.

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

KUBERNETES_VERSION = "v1.34.4"

_HERE = Path(__file__).resolve().parent
CACHE = _HERE.parents[1] / ".cache"
_STAMP = "k8s.io/component-base/version"


@dataclass(frozen=True)
class GoCommand:
    """One binary: its name, the folder of its module, and its package.

    A stamped one is told the version of Kubernetes that it is.
    """

    name: str
    module: str
    package: str
    stamped: bool = False


@dataclass(frozen=True)
class BinarySet:
    """Binaries that are built together, from the modules of one folder.

    ``given`` is the environment variable that may name a folder which has them.
    """

    given: str
    modules: Path
    cache: Path
    commands: tuple[GoCommand, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the binaries."""
        return tuple(command.name for command in self.commands)

    def are_in(self, folder: Path) -> bool:
        """Return whether a folder has all of them."""
        return all((folder / name).is_file() for name in self.names)


def kubernetes_command(name: str) -> GoCommand:
    """Return a command of Kubernetes."""
    return GoCommand(name, "kubernetes", f"k8s.io/kubernetes/cmd/{name}", stamped=True)


SCHEDULING = BinarySet(
    "KUBESTOW_KUBERNETES_BIN",
    _HERE / "go",
    CACHE / "differential",
    (
        GoCommand("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
        kubernetes_command("kube-apiserver"),
        kubernetes_command("kube-scheduler"),
    ),
)
"""What decisions are compared with."""


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


def find(wanted: BinarySet = SCHEDULING) -> Path | None:
    """Return the folder of binaries that are there already, or None."""
    given = os.environ.get(wanted.given)
    if given:
        folder = Path(given)
        missing = [name for name in wanted.names if not (folder / name).is_file()]
        if missing:
            raise UnavailableError(f"{wanted.given} names a folder without {', '.join(missing)}")
        return folder
    folder = wanted.cache / digest(wanted)
    return folder if wanted.are_in(folder) else None


def find_or_build(
    progress: Callable[[str], object] = lambda _: None, wanted: BinarySet = SCHEDULING
) -> Path:
    """Return the folder of the binaries, built first if need be (some minutes, once)."""
    found = find(wanted)
    if found:
        return found
    if not shutil.which("go"):
        raise UnavailableError("Go is not installed, and the binaries have not been built before")
    folder = wanted.cache / digest(wanted)
    with _locked(wanted.cache):
        if not find(wanted):  # another process may have built them while this one waited
            _build(wanted, folder, progress)
    return folder


def digest(wanted: BinarySet = SCHEDULING) -> str:
    """Return what names the cache's folder: a hash of the module files."""
    total = hashlib.sha256()
    for path in sorted(wanted.modules.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(wanted.modules).as_posix().encode() + b"\0")
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(wanted: BinarySet, folder: Path, progress: Callable[[str], object]) -> None:
    """Build into a folder beside the cache's and rename, so that half a build is never seen."""
    version = KUBERNETES_VERSION.removeprefix("v").split(".")
    values = {"gitVersion": KUBERNETES_VERSION, "gitMajor": version[0], "gitMinor": version[1]}
    stamp = " ".join(f"-X {_STAMP}.{name}={value}" for name, value in values.items())
    with tempfile.TemporaryDirectory(prefix="building-", dir=wanted.cache) as temporary:
        built = Path(temporary) / "bin"
        built.mkdir()
        modules = dict.fromkeys((command.module, command.stamped) for command in wanted.commands)
        for module, stamped in modules:  # those of a module at once: they are linked side by side
            commands = [c for c in wanted.commands if (c.module, c.stamped) == (module, stamped)]
            progress(f"building {', '.join(command.name for command in commands)}")
            # Several go into a folder, each under the last part of its package's name.
            output = f"{built}{os.sep}" if commands[1:] else str(built / commands[0].name)
            packages = [command.package for command in commands]
            _go(wanted.modules / module, stamp if stamped else "", output, packages)
        built.rename(folder)


def _go(module: Path, stamp: str, output: str, packages: Sequence[str]) -> None:
    flags = ["-trimpath", "-mod=readonly", "-ldflags", f"-s -w {stamp}".strip()]
    done = subprocess.run(
        ["go", "build", *flags, "-o", output, *packages],
        cwd=module,
        env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        named = " ".join(packages)
        raise UnavailableError(f"go build {named} failed:\n{done.stderr[-2000:]}")
