"""requirements/*.txt lock what pyproject.toml asks for: all of it, in its ranges, with hashes."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("runtime", "dev")
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64"))


def environments() -> Iterator[dict[str, str]]:
    """Yield the marker variables of every place that the locks are for."""
    for python in PYTHONS:
        for system, machine in PLATFORMS:
            yield {
                "python_version": python,
                "python_full_version": f"{python}.1",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
                "sys_platform": system,
                "platform_system": system.capitalize(),
                "platform_machine": machine,
                "os_name": "posix",
                "extra": "",
            }


def ranges(lock: str) -> list[Requirement]:
    """Return what pyproject.toml asks for that belongs in the lock."""
    groups = PROJECT["dependency-groups"]
    asked = [*PROJECT["project"]["dependencies"], *groups["build"]]
    asked += PROJECT["build-system"]["requires"]
    if lock == "dev":
        asked += PROJECT["project"]["optional-dependencies"]["sweep"]
        asked += [*groups["dev"], *groups["docs"]]
    return list(map(Requirement, asked))


def entries(text: str) -> list[str]:
    """Return the lines of a lock, each with its continuations and without comments."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [line for line in "\n".join(lines).replace("\\\n", "").splitlines() if line.strip()]


def locked(text: str, environment: dict[str, str]) -> dict[str, str]:
    """Return the version of each package that a lock installs in an environment."""
    versions: dict[str, str] = {}
    for entry in entries(text):
        requirement = Requirement(entry.partition("--hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in versions, f"{name} is locked twice"
            versions[name] = str(requirement.specifier).removeprefix("==")
    return versions


def disagreements(asked: list[Requirement], versions: dict[str, str]) -> list[str]:
    """Say which requirements have no locked version, or one outside their range."""
    wrong = []
    for requirement in asked:
        version = versions.get(canonicalize_name(requirement.name))
        if version is None:
            wrong.append(f"{requirement.name} is not locked")
        elif not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement} is locked at {version}")
    return wrong


def read(lock: str) -> str:
    """Return the text of a lock."""
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_version_in_the_range_of_each_dependency(lock: str) -> None:
    for environment in environments():
        wrong = disagreements(ranges(lock), locked(read(lock), environment))
        assert not wrong, f"run 'make lock': {', '.join(wrong)}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_version_is_exact_and_has_a_hash(lock: str) -> None:
    for entry in entries(read(lock)):
        package, *hashes = entry.split("--hash=")
        assert "==" in package, entry
        assert hashes, entry
        assert all(one.startswith("sha256:") for one in hashes), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    text = read(lock)
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def test_the_tests_run_on_the_versions_that_users_of_the_makefile_get() -> None:
    for environment in environments():
        assert locked(read("runtime"), environment).items() <= (
            locked(read("dev"), environment).items()
        )


def test_a_missing_dependency_and_a_version_outside_its_range_are_found() -> None:
    text = """# a comment
numpy==1.9.1 ; python_version < '3.12' \\
    --hash=sha256:00 \\
    --hash=sha256:11
    # via a comment
"""
    old, new = ({"python_version": version} for version in ("3.11", "3.12"))
    asked = [Requirement("numpy>=2,<3")]
    assert disagreements(asked, locked(text, old)) == ["numpy<3,>=2 is locked at 1.9.1"]
    assert disagreements(asked, locked(text, new)) == ["numpy is not locked"]
    assert disagreements([Requirement("NumPy>=1")], locked(text, old)) == []
