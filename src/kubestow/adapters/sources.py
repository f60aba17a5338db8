"""Where manifests come from: files, folders, globs and standard input.

Law: bytes and names only; nothing is parsed here.
"""

import glob
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kubestow.adapters.errors import Problem

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Source:
    """A named run of bytes."""

    name: str
    content: bytes


def read_sources(arguments: list[str], problems: list[Problem]) -> Iterator[Source]:
    """Yield every source the arguments name, in a fixed order; report those that cannot be read."""
    for argument in arguments:
        if argument == "-":
            yield from _checked(Source("<stdin>", sys.stdin.buffer.read()), problems)
            continue
        for path in _paths(argument, problems):
            try:
                content = path.read_bytes()
            except OSError as problem:
                problems.append(_problem(str(path), problem.strerror or str(problem),
                                         "check the path and its permissions"))  # fmt: skip
                continue
            yield from _checked(Source(str(path), content), problems)


def _paths(argument: str, problems: list[Problem]) -> list[Path]:
    path = Path(argument)
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
        if not found:
            problems.append(_problem(argument, "the folder holds no manifests",
                                     f"expected files ending in {', '.join(SUFFIXES)}"))  # fmt: skip
        return found
    if path.exists():
        return [path]
    matches = sorted(glob.glob(argument, recursive=True)) if glob.has_magic(argument) else []
    if not matches:
        problems.append(_problem(argument, "no such file or folder",
                                 "give -f a file, a folder, a glob in quotes, or - for standard "
                                 "input"))  # fmt: skip
    return [Path(match) for match in matches if Path(match).is_file()]


def _checked(source: Source, problems: list[Problem]) -> Iterator[Source]:
    if not source.content.strip():
        problems.append(_problem(source.name, "the file is empty",
                                 "expected Kubernetes objects as YAML or JSON"))  # fmt: skip
    elif b"\0" in source.content[:8192]:
        problems.append(_problem(source.name, "the file is binary",
                                 "expected Kubernetes objects as YAML or JSON text"))  # fmt: skip
    else:
        yield source


def _problem(name: str, message: str, hint: str) -> Problem:
    return Problem(name, "", "", message, hint)
