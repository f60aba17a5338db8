"""The kubestow command: mounts the commands and turns mistakes into messages.

A user's mistake ends in "error:" and "hint:" on stderr and exit code 1. A result that kubestow's
own checks refuse, and an exception that nobody expects, end in a bug report and exit code 3, here
and nowhere else. No traceback is ever shown.
"""

import contextlib
import sys
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError

from kubestow import __version__
from kubestow.adapters.garbage import look_seldom
from kubestow.cli import exit_codes
from kubestow.cli.bug_reports import report_bug, report_fault
from kubestow.cli.console import COLUMNS_MAX, output_screen, say
from kubestow.cli.streams import ClosedOutput, discard, prepare_streams
from kubestow.cli.usage_errors import usage_error
from kubestow.model.bug import BugError
from kubestow.model.input_error import InputError
from kubestow.model.reporter import EnoughError

if TYPE_CHECKING:
    from rich.console import Console

_HELP_COLUMNS = 40  # narrower help has words cut, and takes for ever to lay out
_OUTPUT_HINT = "check the free disk space and the permissions"
_CLOSED_HINT = "send it to a file, or to /dev/null where it is not needed"

app = App(
    name="kubestow",
    version=f"kubestow {__version__}",
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,
    help="Stows a cluster's pods on the cheapest EC2 compute that can carry them, and proves how "
    "close to the cheapest that is.",
)
_COMMANDS = {
    "plan": "kubestow.cli.plan:plan_command",
    "compare": "kubestow.cli.compare:compare_command",
    "advise": "kubestow.cli.advise:advise_command",
    "check": "kubestow.cli.check:check_command",
    "explain": "kubestow.cli.explain:explain_command",
    "migrate": "kubestow.cli.migrate:migrate_command",
    "simulate": "kubestow.cli.simulate:simulate_command",
    "sweep": "kubestow.cli.sweep:sweep_command",
    "replay": "kubestow.cli.replay:replay_command",
    "verify-bound": "kubestow.cli.verify_bound:verify_bound_command",
    "snapshot": "kubestow.cli.snapshot:snapshot_command",
    "serve": "kubestow.cli.serve:serve_command",
    "top": "kubestow.cli.top:top_command",
    "run": "kubestow.cli.run:run_command",
    "why": "kubestow.cli.why:why_app",
    "adopt": "kubestow.cli.adopt:adopt_command",
    "land": "kubestow.cli.land:land_command",
    "catalog": "kubestow.cli.catalog:catalog_app",
}
"""Where each command is: most of the time of a short command would go into importing all."""
for _name, _path in _COMMANDS.items():
    app.command(_path, name=_name)


def run(tokens: list[str]) -> int:
    """Run one command line; return its exit code."""
    try:
        _import_commands(tokens)
        result = app(
            tokens,
            console=_help_console(),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
        sys.stdout.flush()
        return int(result or exit_codes.OK)
    except InputError as problem:
        say(f"error: {problem.message}")
        say(f"hint: {problem.hint}")
        return exit_codes.WRONG_INPUT
    except BugError as bug:
        return report_bug(bug)
    except CycloptsError as problem:
        message, hint = usage_error(problem, tokens)
        say(f"error: {message}")
        say(f"hint: {hint}")
        return exit_codes.WRONG_INPUT
    except (KeyboardInterrupt, EnoughError):
        say("interrupted")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # The reader went away; keep the interpreter from complaining while it closes stdout.
        _discard_output()
        return exit_codes.OK
    except OSError as problem:
        _discard_output()
        say(f"error: {problem.filename or 'the output'}: {problem.strerror or problem}")
        say(f"hint: {_CLOSED_HINT if _is_closed() else _OUTPUT_HINT}")
        return exit_codes.WRONG_INPUT
    except MemoryError:
        say("error: there is not enough memory for this input")
        say("hint: give the process more memory, or pass a smaller input")
        return exit_codes.WRONG_INPUT
    except Exception as fault:  # whatever it is, no traceback is shown
        return report_fault(fault)


def _import_commands(tokens: list[str]) -> None:
    """Import all commands for help that lists them; else one is imported when it is run."""
    if not tokens or tokens[0] not in (*_COMMANDS, "--version"):
        for name in _COMMANDS:
            app[name]


def _help_console() -> "Console | None":
    """Return a console for help on a screen of odd width; None leaves it to cyclopts."""
    width = output_screen().width
    if width is None or _HELP_COLUMNS <= width < COLUMNS_MAX:
        return None
    from rich.console import Console

    return Console(width=max(width, _HELP_COLUMNS))


def _is_closed() -> bool:
    return isinstance(sys.stdout, ClosedOutput)


def _discard_output() -> None:
    with contextlib.suppress(OSError, ValueError):
        discard(sys.stdout.fileno())


def main() -> None:
    """Run the command line this process was given."""
    prepare_streams()
    look_seldom()
    sys.exit(run(sys.argv[1:]))
