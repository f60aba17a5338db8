"""What is said of a bug of kubestow, and where its report goes.

The report is written to the current directory, else to the directory for temporary files, else to
stderr: a bug is never lost because a disk is full or a directory read-only.
"""

import tempfile
import traceback
from pathlib import Path

from kubestow.adapters.whole_file import write_whole
from kubestow.cli import exit_codes
from kubestow.cli.console import say
from kubestow.model.bug import BugError, RefusedPlanError
from kubestow.model.input_error import InputError

BUG_REPORT = Path("kubestow-bug-report.json")
FAULT_REPORT = Path("kubestow-bug-report.txt")
_PLEASE = "this is a bug in kubestow; please report it with"


def report_bug(bug: BugError) -> int:
    """Say that a result was refused, and write down a plan that was; return the exit code."""
    say(f"error: {bug}")
    attachments = ["the command line", *getattr(bug, "__notes__", ())]
    if isinstance(bug, RefusedPlanError):
        from kubestow.report.bug import bug_report

        attachments = [_kept(BUG_REPORT, bug_report(bug.snapshot, bug.plan, bug.violations))]
    say(f"hint: {_PLEASE} {' and '.join(attachments)}")
    return exit_codes.OUR_BUG


def report_fault(fault: Exception) -> int:
    """Say that the program failed where it should not, and keep the trace; return the exit code.

    The message of the fault is only in the report: it may repeat what was read.
    """
    say(f"error: kubestow failed unexpectedly ({type(fault).__name__})")
    report = _kept(FAULT_REPORT, "".join(traceback.format_exception(fault)).encode())
    say(f"hint: {_PLEASE} the command line and {report}")
    return exit_codes.OUR_BUG


def _kept(name: Path, content: bytes) -> str:
    """Write a report where it can be written; return how it is called."""
    for directory in (Path(), Path(tempfile.gettempdir())):
        try:
            write_whole(directory / name, content)
        except (InputError, OSError):
            continue
        return str(directory / name)
    for line in content.decode(errors="backslashreplace").splitlines():
        say(line)
    return "the lines above"
