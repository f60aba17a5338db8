"""A shell in which the commands of a runbook run as they are, with programs of its own.

Law: kubectl and helm are the real ones, kubestow is this checkout; 'aws' asks the stand-in for AWS.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.chart.helm import find_or_build_helm
from tests.differential.binaries import UnavailableError

from .bed import LiveBed
from .stand_ins import GroupsStandIn

ROOT = Path(__file__).resolve().parents[2]
_SECONDS, _AGAIN_SECONDS = 900, 90


@dataclass
class Shell:
    """Runs commands of a runbook with bash, in a PATH of its own."""

    bed: LiveBed
    folder: Path
    groups: GroupsStandIn
    retries: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the programs that the commands name."""
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            raise UnavailableError("kubectl is not installed")
        programs = self.folder / "bin"
        programs.mkdir()
        for name, line in {
            "kubectl": f'exec {kubectl} "$@"',
            "helm": f'exec {find_or_build_helm()} "$@"',
            "kubestow": f'exec {sys.executable} -m kubestow "$@"',
            "aws": f'exec {sys.executable} {self._asking()} "$@"',
        }.items():
            (programs / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
            (programs / name).chmod(0o755)

    def _asking(self) -> Path:
        """Return a program that lets the stand-in for AWS do what it was called with."""
        path, calls = self.folder / "aws.py", self.folder / "calls"
        calls.mkdir()
        path.write_text(
            "import json, os, pathlib, sys, time\n"
            f"call = pathlib.Path({str(calls)!r}) / f'{{os.getpid()}}.json'\n"
            "call.with_suffix('.new').write_text(json.dumps(sys.argv[1:]))\n"
            "call.with_suffix('.new').rename(call)\n"
            "answer = call.with_suffix('.answer')\n"
            "for _ in range(1200):\n"
            "    if answer.exists():\n"
            "        break\n"
            "    time.sleep(0.1)\n"
            "sys.exit(answer.read_text() or 0)\n",
            encoding="utf-8",
        )
        return path

    def answer_calls(self, stopped: threading.Event) -> None:
        """Carry out what the program 'aws' was called with, until stopped."""
        while not stopped.wait(0.1):
            for call in sorted((self.folder / "calls").glob("*.json")):
                try:
                    said = self.groups.do(json.loads(call.read_text()))
                except Exception as fault:  # whoever called hears it
                    said = f"{type(fault).__name__}: {fault}"
                answer = call.with_suffix(".answer.part")
                answer.write_text(said)
                answer.rename(call.with_suffix("").with_suffix(".answer"))
                call.unlink()

    def run(self, command: str, *, asked: bool = False) -> str:
        """Run a command; once more for a while if it fails, as a person would. Return its output.

        One that is ``asked`` for its output may end with the exit code for findings.
        """
        deadline = time.monotonic() + _AGAIN_SECONDS
        while True:
            done = subprocess.run(
                ["bash", "-c", command], cwd=ROOT, env=self._environment(), text=True,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False,
            )  # fmt: skip
            with (self.folder / "shell.log").open("a", encoding="utf-8") as log:
                log.write(f"$ {command}\n{done.stdout}{done.stderr}[{done.returncode}]\n")
            if done.returncode == 0 or (asked and done.returncode == 4):
                return done.stdout
            if time.monotonic() > deadline:
                raise RuntimeError(f"{command}\n{done.stdout}{done.stderr}")
            self.retries.append(command)
            time.sleep(3.0)

    def _environment(self) -> dict[str, str]:
        kubeconfig = self.bed.plane.kubeconfig_of("test")
        return {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "HOME": str(self.folder),
            "KUBECONFIG": kubeconfig, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT / "src")),
        }  # fmt: skip
