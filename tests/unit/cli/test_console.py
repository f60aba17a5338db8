"""What commands write on: notes, progress, the screen; and Ctrl-C."""

import signal
from typing import Any

import pytest

from kubestow.cli.console import (
    Interruptible,
    StatusLine,
    output_screen,
    planning_progress,
    say_notes,
    say_problems,
)
from kubestow.model.input_error import InputProblem
from kubestow.model.reporter import EnoughError, SilentReporter


def test_each_note_is_a_line_of_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say_notes(["one", "two"])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "note: one\nnote: two\n")


@pytest.mark.parametrize(
    ("columns", "width"), [("80", 80), ("", None), ("0", None), ("wide", None), ("\u0665", None)]
)
def test_a_pipe_is_as_wide_as_columns_says_and_never_in_colour(
    columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    screen = output_screen()
    assert (screen.width, screen.colour) == (width, False)


def test_a_status_line_is_written_anew_only_where_it_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = StatusLine()
    for done in (1, 1, 2):
        line.progress("searching", done, 4)
    line.progress("reading", 0, 0)
    shown = [text.removeprefix("\x1b[K") for text in capsys.readouterr().err.split("\r")[1:]]
    assert shown == ["searching 25 %", "searching 50 %", "reading"]


def test_a_line_that_never_was_is_not_removed(capsys: pytest.CaptureFixture[str]) -> None:
    line = StatusLine()
    line.clear()
    assert capsys.readouterr().err == ""
    line.progress("searching", 0, 0)
    line.clear()
    assert capsys.readouterr().err.endswith("\r\x1b[K")


def test_an_interrupted_search_ends_at_its_next_word() -> None:
    reporter = Interruptible(SilentReporter())
    reporter.progress("searching", 1, 2)
    reporter.interrupt()
    with pytest.raises(EnoughError):
        reporter.progress("searching", 1, 2)


@pytest.mark.usefixtures("usual_interrupts")
def test_the_first_interrupt_ends_a_search_and_the_second_the_program() -> None:
    with planning_progress() as reporter:
        reporter.progress("searching", 1, 2)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(EnoughError):
            reporter.progress("searching", 1, 2)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("usual_interrupts")
def test_a_program_in_the_background_goes_on_ignoring_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with planning_progress() as reporter:
        signal.raise_signal(signal.SIGINT)
        reporter.progress("searching", 1, 2)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_equal_problems_of_many_objects_are_one_error(capsys: Any) -> None:
    problems = [InputProblem("a.yaml", f"Pod p{i}", "spec", "wrong", "right it") for i in range(45)]
    say_problems([*problems, InputProblem("b.yaml", "", "", "empty", "fill it")])
    assert capsys.readouterr().err.splitlines() == [
        "error: a.yaml: Pod p0: spec: wrong (and the same in 44 more: a.yaml: Pod p1, a.yaml: Pod "
        "p2, a.yaml: Pod p3 and 41 more)",
        "hint: right it",
        "error: b.yaml: empty",
        "hint: fill it",
    ]


def test_a_few_equal_problems_are_an_error_each(capsys: Any) -> None:
    say_problems([InputProblem("a.yaml", f"Pod p{i}", "", "wrong", "right it") for i in range(3)])
    assert len(capsys.readouterr().err.splitlines()) == 6
