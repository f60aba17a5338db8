"""The replay command: every decision of a journal made again.

A decision follows from its snapshot and memory alone, so one that differs is a bug, or was made by
another version.
"""

from pathlib import Path

from kubestow.cli import exit_codes
from kubestow.cli.console import planning_progress, say, show
from kubestow.cli.simulation_options import FAULT_SETS
from kubestow.model.input_error import InputError


def replay_command(journal: str, /) -> int:
    """Make every decision of a journal again, and compare.

    Exit code 0: all are the same; 3: one differs, and which; 1: the file is not a journal,
    or was changed since it was written.

    For example:

    kubestow replay results/optimal.journal.gz

    Parameters
    ----------
    journal
        A journal that 'kubestow simulate --out' wrote.
    """
    from kubestow.adapters.journal_file import encoded, read_journal
    from kubestow.usecases.replay import NAMES, ReplayRequest, replay

    head, entries = read_journal(Path(journal))
    if head.policy not in NAMES:
        raise InputError(
            f"{journal}: kubestow has no policy {head.policy!r}",
            hint=f"kubestow has: {', '.join(NAMES)}",
        )
    seed, faults = head.options.get("seed"), head.options.get("faults")
    try:
        eviction_prices = head.eviction_prices()
    except ValueError:
        eviction_prices = None
    if not isinstance(seed, int) or faults not in FAULT_SETS or eviction_prices is None:
        raise InputError(
            f"{journal}: is of a run with options that kubestow does not have",
            hint="another version of kubestow wrote it; run 'kubestow simulate --out' again",
        )
    request = ReplayRequest(
        policy=head.policy,
        pools=head.pools,
        seed=seed,
        faults=faults,
        entries=entries,
        encoded=encoded,
        eviction_prices=eviction_prices,
    )
    with planning_progress() as reporter:
        answer = replay(request, reporter)
    if answer.differs_at is not None:
        say(f"error: {journal}: decision {answer.decisions + 1} (at {answer.differs_at}) differs")
        say("hint: was it written by this version of kubestow? Otherwise please report it as a bug")
        return exit_codes.OUR_BUG
    show(f"{answer.decisions} decisions of {head.policy}: all the same\n")
    return exit_codes.OK
