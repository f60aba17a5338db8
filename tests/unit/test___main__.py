import subprocess
import sys

from kubestow import __version__


def test_the_package_runs_as_a_module_and_its_exit_code_is_the_commands() -> None:
    for tokens, code, out in ((["--version"], 0, f"kubestow {__version__}\n"), (["plann"], 1, "")):
        found = subprocess.run(
            [sys.executable, "-m", "kubestow", *tokens], capture_output=True, text=True, check=False
        )
        assert (found.returncode, found.stdout) == (code, out)
