"""kubestow beside the cluster of the demonstration: its web view, and its terminal view.

Law: each is a child process of its own, asked to end with the block.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.differential.processes import child

_STARTED_SECONDS = 60


def command(*arguments: str) -> list[str]:
    """Return a command line of kubestow."""
    return [sys.executable, "-m", "kubestow", *arguments]


@contextlib.contextmanager
def web_view(kubeconfig: str, say: Callable[[str], object]) -> Iterator[str]:
    """Serve the cluster on a free port of loopback for the length of a block; yield the address."""
    told = threading.Event()
    address: list[str] = []

    def heard(line: bytes) -> None:
        text = line.decode(errors="replace").strip()
        if "http://" in text and not address:
            address.append(text[text.index("http://") :].split()[0])
            told.set()

    policies = "optimal,karpenter,cluster-autoscaler"
    arguments = ("serve", "--kubeconfig", kubeconfig, "--port", "0", "--policy", policies)
    history = str(Path(kubeconfig).with_suffix(".sqlite"))
    with child("kubestow serve", command(*arguments, "--history", history), heard) as running:
        if not told.wait(_STARTED_SECONDS):
            raise RuntimeError(f"kubestow serve did not start\n{running.tail()}")
        say(f"the web view is at {address[0]}")
        yield address[0]


def terminal_view(kubeconfig: str) -> bool:
    """Show the cluster in this terminal until its user quits; return False where there is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    subprocess.run(command("top", "--kubeconfig", kubeconfig), check=False)
    return True
