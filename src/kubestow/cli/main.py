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
from kubestow.cli.adopt import adopt_command
from kubestow.cli.advise import advise_command
from kubestow.cli.bug_reports import report_bug, report_fault
from kubestow.cli.catalog import catalog_app
from kubestow.cli.check import check_command
from kubestow.cli.compare import compare_command
from kubestow.cli.console import COLUMNS_MAX, output_screen, say
from kubestow.cli.explain import explain_command
from kubestow.cli.land import land_command
from kubestow.cli.migrate import migrate_command
from kubestow.cli.plan import plan_command
from kubestow.cli.replay import replay_command
from kubestow.cli.run import run_command
from kubestow.cli.serve import serve_command
from kubestow.cli.simulate import simulate_command
from kubestow.cli.snapshot import snapshot_command
from kubestow.cli.streams import ClosedOutput, discard, prepare_streams
from kubestow.cli.sweep import sweep_command
from kubestow.cli.top import top_command
from kubestow.cli.usage_errors import usage_error
from kubestow.cli.verify_bound import verify_bound_command
from kubestow.cli.why import why_app
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
app.command(plan_command, name="plan")
app.command(compare_command, name="compare")
app.command(advise_command, name="advise")
app.command(check_command, name="check")
app.command(explain_command, name="explain")
app.command(migrate_command, name="migrate")
app.command(simulate_command, name="simulate")
app.command(sweep_command, name="sweep")
app.command(replay_command, name="replay")
app.command(verify_bound_command, name="verify-bound")
app.command(snapshot_command, name="snapshot")
app.command(serve_command, name="serve")
app.command(top_command, name="top")
app.command(run_command, name="run")
app.command(why_app)
app.command(adopt_command, name="adopt")
app.command(land_command, name="land")
app.command(catalog_app)


def run(tokens: list[str]) -> int:
    """Run one command line; return its exit code."""
    try:
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
