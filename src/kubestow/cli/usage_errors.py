"""Command lines that cannot be understood: one sentence, and what to do about it."""

from collections.abc import Sequence

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, UnusedCliTokensError

_FILES = "-f"
_WITHOUT_FILES = ("catalog", "replay")
_GROUPED = str.maketrans("", "", ",_' ")


def usage_error(problem: CycloptsError, tokens: Sequence[str]) -> tuple[str, str]:
    """Return the message and the hint for a command line that cannot be understood."""
    chain = problem.command_chain or ()
    command = " ".join(("kubestow", *chain))
    general = f"'{command} --help' lists the options and shows examples"
    if isinstance(problem, UnusedCliTokensError) and problem.unused_tokens:
        return _stray(problem.unused_tokens[0], tokens, chain) or (_text(problem), general)
    if isinstance(problem, MissingArgumentError) and problem.argument is not None:
        names = problem.argument.names
        if not problem.argument.tokens and names:
            if problem.argument.index is not None:
                return f"the argument {names[0].lstrip('-').upper()} is required", general
            stray = _first_stray(tokens, len(chain)) if _FILES in names else ""
            missing = f"the option {' or '.join(names)} is required"
            return _stray(stray, tokens, chain) or (missing, general)
    if isinstance(problem, CoercionError) and problem.token is not None and problem.token.keyword:
        return _number(problem) or (_text(problem), general)
    return _text(problem), general


def _text(problem: CycloptsError) -> str:
    return " ".join(str(problem).split())


def _first_stray(tokens: Sequence[str], commands: int) -> str:
    """Return the first word that is neither an option nor the value of one; empty if none is."""
    before = ""
    for token in tokens[commands:]:
        if not token.startswith("-") and not before.startswith("-"):
            return token
        before = token
    return ""


def _stray(word: str, tokens: Sequence[str], chain: Sequence[str]) -> tuple[str, str] | None:
    """Say that files are passed with -f, for a command that takes some."""
    if not word or not chain or chain[0] in _WITHOUT_FILES:
        return None
    command = " ".join(("kubestow", *chain))
    again = "each file needs an -f of its own" if _FILES in tokens else "files are passed with -f"
    return f"{word!r} is not an option of '{command}'", f"{again}: {command} {_FILES} {word}"


def _number(problem: CoercionError) -> tuple[str, str] | None:
    """Say what number an option expects."""
    assert problem.token is not None
    kinds = {int: ("a whole number", "10"), float: ("a number", "1391.5")}
    expected = kinds.get(problem.target_type) if problem.target_type else None
    if expected is None:
        return None
    what, example = expected
    written = problem.token.value
    message = f"{problem.token.keyword}: {written!r} is not {what}"
    bare = written.translate(_GROUPED)
    try:
        float(bare)
    except ValueError:
        return message, f"expected {what}, such as {example}"
    return message, f"expected {what} without separators: {bare}"
