"""What .ci/install-chromium does, with stubs for the commands that it calls."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "install-chromium"
ROOT_USER = "echo 0"
USER = "echo 1000"
NO_PASSWORD_NEEDED = 'shift; exec "$@"'


class Machine:
    """A directory of stub commands, which is the whole PATH of the script."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.calls = directory / "calls"
        self.calls.touch()
        self.has("env", 'while :; do case "$1" in *=*) shift;; *) break;; esac; done; exec "$@"')
        self.has("true")

    def has(self, name: str, text: str = "exit 0") -> None:
        """Add a command that is this text to the shell."""
        path = self.directory / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.calls}\n{text}\n')
        path.chmod(0o755)

    def has_apt_get(self, text: str) -> None:
        """Add an apt-get that runs this text to install."""
        self.has("apt-get", f'case "$*" in *install*) {text};; esac')

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script, which must never fail."""
        result = subprocess.run(
            ["/bin/sh", str(SCRIPT)],
            env={"PATH": str(self.directory), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result

    def called(self, name: str) -> bool:
        """Return whether the command was called."""
        lines = self.calls.read_text().splitlines()
        return any(line.split()[0] == name for line in lines)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def installing(machine: Machine) -> str:
    """Return a text that installs a chromium."""
    return f"echo > {machine.directory}/chromium; /bin/chmod +x {machine.directory}/chromium"


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_chromium_that_is_there_is_left_alone(machine: Machine, name: str) -> None:
    machine.has(name)
    machine.has_apt_get("exit 1")
    machine.has("id", ROOT_USER)
    assert machine.run().stderr == ""
    assert not machine.called("apt-get")


def test_a_chromium_that_is_named_is_enough(machine: Machine) -> None:
    machine.has_apt_get("exit 1")
    assert machine.run(KUBESTOW_CHROMIUM="/opt/chrome").stderr == ""
    assert not machine.called("apt-get")


def test_root_installs_it(machine: Machine) -> None:
    machine.has("id", ROOT_USER)
    machine.has_apt_get(installing(machine))
    assert machine.run().stderr == "Installing Chromium\n"
    assert (machine.directory / "chromium").exists()


def test_a_user_with_passwordless_sudo_installs_it(machine: Machine) -> None:
    machine.has("id", USER)
    machine.has("sudo", NO_PASSWORD_NEEDED)
    machine.has_apt_get(installing(machine))
    assert machine.run().stderr == "Installing Chromium\n"
    assert (machine.directory / "chromium").exists()


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        ({"id": ROOT_USER}, "there is no apt-get to install it with"),
        ({"id": USER, "apt-get": ""}, "it takes root or passwordless sudo to install it"),
        (
            {"id": USER, "sudo": "exit 1", "apt-get": ""},
            "it takes root or passwordless sudo to install it",
        ),
        ({"id": ROOT_USER, "apt-get": "exit 100"}, "apt-get install failed"),
        ({"id": ROOT_USER, "apt-get": ""}, "apt-get installed no chromium"),
    ],
)
def test_what_stands_in_the_way_is_said(
    machine: Machine, commands: dict[str, str], reason: str
) -> None:
    for name, text in commands.items():
        machine.has(name, text)
    assert f"No Chromium: the tests in tests/browser are skipped, because {reason}." in (
        machine.run().stderr
    )
