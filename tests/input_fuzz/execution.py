"""One input run as its own process, with limits, and what it left.

Most inputs run in a fork of this process, which has everything imported; those about streams run as
the program itself.
"""

import contextlib
import gc
import importlib
import os
import pkgutil
import resource
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubestow
from kubestow.cli import main as program
from kubestow.model.input_error import InputError

from .inputs import made
from .inputs_base import Input
from .samples import Samples

SECONDS_MAX = 20
BYTES_MAX = 2**30
_ADDRESS_SPACE = 6 * 2**30  # far above what is allowed: it protects the machine alone


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left; ``code`` is None where it was stopped for its time."""

    input: Input
    code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    peak_bytes: int


def outcome(samples: Samples, seed: int, cache: Path) -> Outcome:
    """Run the input of a seed in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        item = made(samples, seed, folder)
        environment = {
            "KUBESTOW_CACHE": str(cache),
            "AWS_CONFIG_FILE": os.devnull,
            "COLUMNS": "120",
        }
        environment |= {"DOCKER_CONFIG": str(folder)} | item.environment
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = time.monotonic()
            pid = _started(item, folder, environment, (out, err))
            status, peak = _ended(pid, started + SECONDS_MAX)
            seconds = time.monotonic() - started
            out.seek(0)
            err.seek(0)
            code = None if status is None else os.waitstatus_to_exitcode(status)
            return Outcome(item, code, out.read(), err.read(), seconds, peak)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(item: Input, folder: Path, environment: dict[str, str], files: Any) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(folder)
        os.environ.update(environment)
        _connect(item, folder, files)
        if item.is_process:
            _become(item)
        code = _run(item)
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)


def _connect(item: Input, folder: Path, files: Any) -> None:
    source = os.open(os.devnull, os.O_RDONLY)
    if item.stdin is not None:
        path = folder / ".stdin"
        path.write_bytes(item.stdin)
        source = os.open(path, os.O_RDONLY)
    os.dup2(source, 0)
    os.dup2(os.open(item.output, os.O_WRONLY) if item.output else files[0].fileno(), 1)
    os.dup2(files[1].fileno(), 2)
    for number in item.closed:
        os.close(number)


def _become(item: Input) -> None:
    tokens = [os.fsencode(token) for token in item.tokens]
    os.execv(sys.executable, [sys.executable, "-m", "kubestow", *tokens])


def _run(item: Input) -> int:
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 # until the process ends
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 # as above
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 # as above
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.stderr.reconfigure(errors="backslashreplace")
    try:
        if item.call is None:
            return program.run(item.tokens)
        code = item.call()
        return code if isinstance(code, int) else 0
    except InputError as problem:
        sys.stderr.write(f"error: {problem.message!r}\nhint: {problem.hint}\n")
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _ended(pid: int, end: float) -> tuple[int | None, int]:
    """Return the status and the most memory of a process; None where it had to be ended."""
    pause = 0.001
    while time.monotonic() < end:
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            return status, usage.ru_maxrss * 1024
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    _, _, usage = os.wait4(pid, 0)
    return None, usage.ru_maxrss * 1024


def imported() -> None:
    """Import now what a run would import, so that its forks need not."""
    for module in pkgutil.walk_packages(kubestow.__path__, "kubestow."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("pyarrow.parquet", "highspy", "rich.console", "distributed"):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
