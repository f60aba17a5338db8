import subprocess
import sys
from typing import Any

import pytest

from kubestow import __main__, __version__


def test_the_package_runs_as_a_module_and_its_exit_code_is_the_commands() -> None:
    for tokens, code, out in ((["--version"], 0, f"kubestow {__version__}\n"), (["plann"], 1, "")):
        found = subprocess.run(
            [sys.executable, "-m", "kubestow", *tokens], capture_output=True, text=True, check=False
        )
        assert (found.returncode, found.stdout) == (code, out)


def test_ctrl_c_while_the_commands_load_ends_in_a_word(
    capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kubestow.cli.main.main", interrupted)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"
