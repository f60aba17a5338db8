"""Check: is a set-up fit to be launched?"""

from kubestow.model.finding import Report
from kubestow.model.setup import Setup
from kubestow.preflight.run import run


def check(setup: Setup) -> Report:
    """Run every check on a set-up; those that lack something to judge by say what."""
    return run(setup)
