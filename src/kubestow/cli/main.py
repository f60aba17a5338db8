"""The kubestow command: mounts the commands and turns mistakes into messages.

A user's mistake ends in "error:" and "hint:" on stderr and exit code 1. A result that kubestow's
own checks refuse ends in a bug report and exit code 3, here and nowhere else.
"""

import os
import sys
from pathlib import Path

from cyclopts import App, CycloptsError, MissingArgumentError

from kubestow import __version__
from kubestow.adapters.garbage import look_seldom
from kubestow.adapters.whole_file import write_whole
from kubestow.cli import exit_codes
from kubestow.cli.catalog import catalog_app
from kubestow.cli.check import check_command
from kubestow.cli.compare import compare_command
from kubestow.cli.console import say
from kubestow.cli.explain import explain_command
from kubestow.cli.migrate import migrate_command
from kubestow.cli.plan import plan_command
from kubestow.cli.replay import replay_command
from kubestow.cli.simulate import simulate_command
from kubestow.cli.sweep import sweep_command
from kubestow.cli.verify_bound import verify_bound_command
from kubestow.model.bug import BugError, RefusedPlanError
from kubestow.model.input_error import InputError

BUG_REPORT = Path("kubestow-bug-report.json")

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
app.command(check_command, name="check")
app.command(explain_command, name="explain")
app.command(migrate_command, name="migrate")
app.command(simulate_command, name="simulate")
app.command(sweep_command, name="sweep")
app.command(replay_command, name="replay")
app.command(verify_bound_command, name="verify-bound")
app.command(catalog_app)


def run(tokens: list[str]) -> int:
    """Run one command line; return its exit code."""
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        return int(result or exit_codes.OK)
    except InputError as problem:
        say(f"error: {problem.message}")
        say(f"hint: {problem.hint}")
        return exit_codes.WRONG_INPUT
    except BugError as bug:
        return _report_bug(bug)
    except CycloptsError as problem:
        say(f"error: {_usage_error(problem)}")
        command = " ".join(("kubestow", *(problem.command_chain or ())))
        say(f"hint: '{command} --help' lists the options and shows examples")
        return exit_codes.WRONG_INPUT
    except KeyboardInterrupt:
        say("interrupted")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # The reader went away; keep the interpreter from complaining while it closes stdout.
        _discard_output()
        return exit_codes.OK
    except OSError as problem:
        _discard_output()
        say(f"error: {problem.filename or 'the output'}: {problem.strerror or problem}")
        say("hint: check the free disk space and the permissions")
        return exit_codes.WRONG_INPUT


def _usage_error(problem: CycloptsError) -> str:
    """Return one sentence for options that are missing or cannot be parsed."""
    if isinstance(problem, MissingArgumentError) and problem.argument is not None:
        names = problem.argument.names
        if not problem.argument.tokens and names:
            if problem.argument.index is not None:
                return f"the argument {names[0].lstrip('-').upper()} is required"
            return f"the option {' or '.join(names)} is required"
    return " ".join(str(problem).split())


def _report_bug(bug: BugError) -> int:
    """Say that a result was refused, and write down a plan that was; return the exit code."""
    say(f"error: {bug}")
    attachments = ["the command line", *getattr(bug, "__notes__", ())]
    if isinstance(bug, RefusedPlanError):
        from kubestow.report.bug import bug_report

        write_whole(BUG_REPORT, bug_report(bug.snapshot, bug.plan, bug.violations))
        attachments = [str(BUG_REPORT)]
    say(f"hint: this is a bug in kubestow; please report it with {' and '.join(attachments)}")
    return exit_codes.OUR_BUG


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Run the command line this process was given."""
    look_seldom()
    sys.exit(run(sys.argv[1:]))
