"""The files that an argument of -f means: a file, a directory, or a glob.

Directories and globs are walked with a limit of entries and never through links to directories,
which may go in circles: no pattern takes for ever.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from kubestow.model.input_error import InputError

ENTRIES_MAX = 100_000
SUFFIXES = (".yaml", ".yml", ".json")
_ANY_DEPTH = "**"
_MAGIC = re.compile(r"[*?[]")
_PATTERN_MAX = 4096  # PATH_MAX: no name is longer
_STARS = re.compile(r"\*{3,}")


@dataclass(slots=True)
class _Walk:
    """How many entries of directories one argument has looked at."""

    argument: str
    entries: int = 0

    def scan(self, directory: Path) -> list[os.DirEntry[str]]:
        """Return the entries of a directory, by name; none where it cannot be read."""
        found = []
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    self.entries += 1
                    if self.entries > ENTRIES_MAX:
                        raise InputError(
                            f"{self.argument}: more than {ENTRIES_MAX:,} files to look through",
                            hint="name a smaller directory, or a pattern that says more",
                        )
                    found.append(entry)
        except OSError:
            return []
        return sorted(found, key=lambda entry: entry.name)


def is_pattern(argument: str) -> bool:
    """Return whether an argument is a glob."""
    return _MAGIC.search(argument) is not None


def matching(pattern: str) -> list[Path]:
    """Return what a glob matches, sorted; ``**`` stands for directories of any depth.

    Names that begin with a dot are matched only by a pattern that does so too, as in a shell.
    """
    if len(pattern) > _PATTERN_MAX:
        return []
    path = Path(_STARS.sub("*", pattern))
    parts = [part for part in path.parts if part != path.anchor]
    steps = [
        part for number, part in enumerate(parts) if parts[number - 1 : number] != [_ANY_DEPTH]
        or part != _ANY_DEPTH
    ]  # fmt: skip
    start = Path(path.anchor) if path.anchor else Path()
    return sorted(set(_matches(start, steps, _Walk(pattern))))


def _matches(directory: Path, steps: Sequence[str], walk: _Walk) -> Iterator[Path]:
    if not steps:
        yield directory
        return
    first, rest = steps[0], steps[1:]
    if first == _ANY_DEPTH:
        for inner in (directory, *_folders_below(directory, walk)):
            if rest:
                yield from _matches(inner, rest, walk)
            else:
                yield from (inner / entry.name for entry in _shown(walk.scan(inner)))
    elif not is_pattern(first):
        if os.path.lexists(directory / first):
            yield from _matches(directory / first, rest, walk)
    else:
        is_match = re.compile(translate(first)).match
        for entry in walk.scan(directory):
            is_hidden = entry.name.startswith(".") and not first.startswith(".")
            if not is_hidden and is_match(entry.name) and (not rest or _is_folder(entry)):
                yield from _matches(directory / entry.name, rest, walk)


def _folders_below(directory: Path, walk: _Walk) -> Iterator[Path]:
    for entry in _shown(walk.scan(directory)):
        if entry.is_dir(follow_symlinks=False):
            yield directory / entry.name
            yield from _folders_below(directory / entry.name, walk)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that go in circles
        return False


def _shown(entries: Sequence[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    return (entry for entry in entries if not entry.name.startswith("."))


def manifests_below(directories: Sequence[Path], argument: str) -> list[Path]:
    """Return what looks like a manifest in directories of any depth, sorted.

    Links to nothing are left out: editors lock files with them.
    """
    walk = _Walk(argument)
    found: set[Path] = set()
    waiting = list(directories)
    while waiting:
        directory = waiting.pop()
        for entry in walk.scan(directory):
            path = directory / entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif path.suffix in SUFFIXES and os.path.exists(path) and not os.path.isdir(path):
                found.add(path)
    return sorted(found)
