"""The real helm, built from its Go module, and the chart as it renders it."""

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.differential.binaries import (
    KUBERNETES_VERSION,
    Program,
    find_or_build_programs,
    find_programs,
)

CHART = Path(__file__).parents[2] / "charts" / "kubestow"

_MODULES = Path(__file__).resolve().parent / "go"
_PROGRAMS = (Program("helm", "helm", "helm.sh/helm/v3/cmd/helm"),)

NAMESPACE = "cost"
RELEASE = ("kubestow", "--namespace", NAMESPACE)
KUBERNETES = ("--kube-version", KUBERNETES_VERSION)

Rendered = dict[str, Any]


class HelmRefusalError(Exception):
    """Helm refused; the text is what it wrote to standard error."""


@dataclass(frozen=True)
class Helm:
    """A helm that reads and writes nothing of the user's."""

    program: Path
    home: Path

    def lint(self, values: Rendered | None = None) -> str:
        """Return what ``helm lint --strict`` says of the chart."""
        return self._run("lint", "--strict", str(CHART), *KUBERNETES, values=values)

    def template(self, values: Rendered | None = None) -> list[Rendered]:
        """Return the objects that the chart renders to."""
        text = self._run(
            "template", *RELEASE, str(CHART), "--skip-tests", *KUBERNETES, values=values
        )
        return [item for item in yaml.safe_load_all(text) if item]

    def install(
        self, kubeconfig: str, values: Rendered | None = None, *, dry_run: bool = False
    ) -> str:
        """Install or upgrade the release in a cluster; return what helm tells the user."""
        flags = ["--dry-run=server", "--hide-secret"] if dry_run else []
        flags += ["--install", "--kubeconfig", kubeconfig]
        return self._run("upgrade", *RELEASE, str(CHART), *flags, values=values)

    def uninstall(self, kubeconfig: str) -> str:
        """Remove the release."""
        return self._run("uninstall", *RELEASE, "--kubeconfig", kubeconfig)

    def _run(self, *command: str, values: Rendered | None = None) -> str:
        with tempfile.NamedTemporaryFile("w", dir=self.home, suffix=".yaml") as file:
            yaml.safe_dump(values or {}, file)
            file.flush()
            named = [] if values is None else ["--values", file.name]
            done = subprocess.run(
                [str(self.program), *command, *named],
                env={"HOME": str(self.home), "PATH": "", "KUBECONFIG": str(self.home / "none")},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise HelmRefusalError(done.stderr + done.stdout)
        return done.stdout


def only(objects: Sequence[Rendered], kind: str) -> Rendered:
    """Return the one object of a kind."""
    (found,) = [item for item in objects if item["kind"] == kind]
    return found


def find_helm() -> Path | None:
    """Return the helm that was built before, or None."""
    folder = find_programs(_MODULES, _PROGRAMS)
    return folder / "helm" if folder else None


def find_or_build_helm() -> Path:
    """Return helm, built first if it is not there yet (some minutes, once)."""
    return find_or_build_programs(_MODULES, _PROGRAMS) / "helm"
