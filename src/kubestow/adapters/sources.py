"""Reading manifests from files, folders, globs and standard input, without parsing them."""

import codecs
import glob
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kubestow.model.input_error import InputProblem

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes and the name of where they come from."""

    name: str
    content: bytes


def read_sources(arguments: list[str], problems: list[InputProblem]) -> Iterator[Source]:
    """Yield the sources of all arguments, in a fixed order; report those that cannot be read."""
    for argument in arguments:
        if argument == "-":
            yield from _checked(Source("<stdin>", sys.stdin.buffer.read()), problems)
            continue
        try:
            paths = _paths(argument, problems)
        except OSError as problem:
            problems.append(_unreadable(argument, problem))
            continue
        for path in paths:
            try:
                content = path.read_bytes()
            except OSError as problem:
                problems.append(_unreadable(str(path), problem))
                continue
            yield from _checked(Source(str(path), content), problems)


def _paths(argument: str, problems: list[InputProblem]) -> list[Path]:
    path = Path(argument)
    if path.is_dir():
        return _manifests([path], argument, problems)
    if path.exists():
        return [path]
    names = sorted(glob.glob(argument, recursive=True)) if glob.has_magic(argument) else []
    if not names:
        hint = "expected a file, a folder, a quoted glob, or - for standard input"
        problems.append(
            InputProblem(argument, "", "", "no such file or folder", hint, is_fatal=True)
        )
        return []
    matches = [Path(name) for name in names]
    files = [match for match in matches if match.is_file()]
    return files or _manifests(matches, argument, problems)


def _manifests(folders: list[Path], argument: str, problems: list[InputProblem]) -> list[Path]:
    paths = sorted(
        {p for f in folders for p in f.rglob("*") if p.suffix in SUFFIXES and p.is_file()}
    )
    if not paths:
        problems.append(_problem(argument, "the folder contains no manifests",
                                 f"expected files ending in {', '.join(SUFFIXES)}"))  # fmt: skip
    return paths


def _checked(source: Source, problems: list[InputProblem]) -> Iterator[Source]:
    if not source.content.strip():
        problems.append(_problem(source.name, "the file is empty",
                                 "expected Kubernetes objects as YAML or JSON"))  # fmt: skip
    elif source.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.append(_problem(source.name, "the file is UTF-16",
                                 "save it as UTF-8; PowerShell's > writes UTF-16"))  # fmt: skip
    elif b"\0" in source.content[:8192]:
        problems.append(_problem(source.name, "the file is binary",
                                 "expected Kubernetes objects as YAML or JSON text"))  # fmt: skip
    else:
        yield source


def _unreadable(name: str, problem: OSError) -> InputProblem:
    return _problem(name, problem.strerror or str(problem), "check the path and its permissions")


def _problem(name: str, message: str, hint: str) -> InputProblem:
    return InputProblem(name, "", "", message, hint)
