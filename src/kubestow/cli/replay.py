"""The replay command: every decision of a journal made anew.

Law: a decision follows from its snapshot and memory alone; one that comes out otherwise is a bug,
or of another version.
"""

import sys
from pathlib import Path

from kubestow.cli import exit_codes
from kubestow.cli.console import planning_progress, say
from kubestow.model.input_error import InputError


def replay_command(journal: str, /) -> int:
    """Make every decision of a journal anew and compare.

    Exit code 0: all are the same; 3: one is not, and which; 1: the file is no journal.

    For example:

    kubestow replay results/optimal.journal.gz

    Parameters
    ----------
    journal
        A journal that 'kubestow simulate --out' wrote.
    """
    from kubestow import engine
    from kubestow.adapters.journal_file import encoded, read_journal
    from kubestow.policies.registry import POLICIES
    from kubestow.simulation.run import Forgetful
    from kubestow.simulation.scenario import FAULTS

    head, entries = read_journal(Path(journal))
    if head.policy not in POLICIES:
        raise InputError(
            f"{journal}: its policy {head.policy!r} is not one of kubestow's",
            hint=f"kubestow has: {', '.join(POLICIES)}",
        )
    faults = FAULTS[head.options["faults"]]
    policy = Forgetful(POLICIES[head.policy](head.pools), head.options["seed"], faults.forgetful)
    count = 0
    with planning_progress() as reporter:
        for entry in entries:
            reporter.progress(f"replaying: {count} decisions", 0, 0)
            decision, _ = engine.step(entry.snapshot, entry.memory, policy)
            if encoded(decision) != entry.decision:
                say(f"error: {journal}: decision {count + 1}, at {entry.snapshot.at}, is another")
                say("hint: the same version of kubestow must have written it; else it is a bug")
                return exit_codes.OUR_BUG
            count += 1
    sys.stdout.write(f"{count} decisions of {head.policy}: all the same\n")
    return exit_codes.OK
