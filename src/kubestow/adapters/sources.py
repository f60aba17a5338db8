"""Reading manifests from files, directories, globs and standard input, without parsing them."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubestow.adapters.file_names import SUFFIXES, is_pattern, manifests_below, matching
from kubestow.adapters.input_file import STDIN, STDIN_NAME, read_text_file
from kubestow.model.input_error import InputError, InputProblem

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_UNREADABLE_HINT = "check the path and its permissions"


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes and the name of where they come from."""

    name: str
    content: bytes


Argument = str | Source
"""A file, a directory, a glob or - for standard input; or what was read already."""


def read_sources(arguments: Sequence[Argument], problems: list[InputProblem]) -> Iterator[Source]:
    """Yield the sources of all arguments, in a fixed order; report those that cannot be read."""
    for argument in arguments:
        if isinstance(argument, Source):
            yield from _checked(argument, problems)
            continue
        try:
            paths = [STDIN] if argument == STDIN else _paths(argument, problems)
        except InputError as problem:
            problems.append(_problem(argument, problem.message, problem.hint))
            continue
        for path in map(str, paths):
            name = STDIN_NAME if path == STDIN and argument == STDIN else path
            try:
                content = read_text_file(path, hint=_UNREADABLE_HINT)
            except InputError as problem:
                problems.append(_problem(name, problem.message, problem.hint))
                continue
            yield from _checked(Source(name, content), problems)


def _paths(argument: str, problems: list[InputProblem]) -> list[Path]:
    path = Path(argument)
    try:
        if path.is_dir():
            return _manifests([path], argument, problems)
        if path.exists():
            return [path]
    except OSError as problem:  # a name that is too long, a directory that may not be looked into
        raise InputError(problem.strerror or str(problem), hint=_UNREADABLE_HINT) from None
    if _URL.match(argument):
        hint = f"download it, or pipe it in: curl -fsSL {argument} | kubestow COMMAND -f -"
        problems.append(InputProblem(argument, "", "", "is a URL, not a file", hint, is_fatal=True))
        return []
    matches = matching(argument) if is_pattern(argument) else []
    if not matches:
        hint = "expected a file, a directory, a quoted glob, or - for standard input"
        problems.append(
            InputProblem(argument, "", "", "no such file or directory", hint, is_fatal=True)
        )
        return []
    directories = [match for match in matches if match.is_dir()]
    files = [match for match in matches if match not in directories]
    return files or _manifests(directories, argument, problems)


def _manifests(directories: list[Path], argument: str, problems: list[InputProblem]) -> list[Path]:
    below = manifests_below(directories, argument)
    charts = sorted({path.parent for path in below if _is_chart(path)})
    paths = [path for path in below if not any(chart in path.parents for chart in charts)]
    problems.extend(_chart(chart, is_all=not paths) for chart in charts)
    if not below:
        problems.append(_problem(argument, "the directory contains no manifests",
                                 f"expected files ending in {', '.join(SUFFIXES)}"))  # fmt: skip
    return paths


def _chart(path: Path, *, is_all: bool) -> InputProblem:
    """Return the problem of a Helm chart; ``is_all`` tells that there is nothing beside charts."""
    hint = f"render it, and pass what is printed: helm template NAME {path} | kubestow COMMAND -f -"
    message = "is a Helm chart: its templates are no manifests"
    return InputProblem(str(path), "", "", message, hint, is_fatal=is_all)


def _is_chart(path: Path) -> bool:
    """Return whether a file makes its directory a Helm chart."""
    return path.name == "Chart.yaml" and (path.parent / "templates").is_dir()


def _checked(source: Source, problems: list[InputProblem]) -> Iterator[Source]:
    problem = refused_content(source)
    if problem is None:
        yield source
    else:
        problems.append(problem)


def refused_content(source: Source) -> InputProblem | None:
    """Return why content cannot be text at all, or None."""
    if not source.content.strip():
        return _problem(source.name, "the file is empty",
                        "expected Kubernetes objects as YAML or JSON")  # fmt: skip
    if source.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _problem(source.name, "the file is UTF-16",
                        "save it as UTF-8; PowerShell's > writes UTF-16")  # fmt: skip
    if b"\0" in source.content[:8192]:
        return _problem(source.name, "the file is binary",
                        "expected Kubernetes objects as YAML or JSON text")  # fmt: skip
    return None


def _problem(name: str, message: str, hint: str) -> InputProblem:
    return InputProblem(name, "", "", message.removeprefix(f"{name}: "), hint)
