"""Compares kubestow with the real kube-scheduler and API server for as long as it is told to.

python -m tests.differential --decisions 2000000 [--seed-start S]
python -m tests.differential --placements 10000 [--seed-start S] [--profile most-allocated]
python -m tests.differential --objects 5000 [--seed-start S]
python -m tests.differential --plans shop,openb,mix-1 (or all)
python -m tests.differential --landing shop,small-17,spread-1:busy (or all)
"""

import argparse
import sys
from pathlib import Path

from . import scores
from .binaries import UnavailableError, find_or_build
from .campaign import Campaign
from .control_plane import control_plane
from .driver import driver
from .oracle import oracle
from .profiles import PROFILES

# The repository's package, when it has not been installed.
sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))


def main() -> int:
    """Run the comparison; return 1 on any disagreement, 2 without the binaries."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--decisions", type=int, default=0, help="(pod, node) pairs to compare")
    parser.add_argument("--placements", type=int, default=0, help="placements by score to compare")
    parser.add_argument("--plans", default="", help="plans to be accepted, by name, or all")
    parser.add_argument("--landing", default="", help="plans to be landed, by name, or all")
    parser.add_argument("--pods", type=int, default=3_500, help="pods of a mix that is landed")
    parser.add_argument("--objects", type=int, default=0, help="objects to show to both")
    parser.add_argument("--seed-start", type=int, default=0)
    parser.add_argument(
        "--profile", default="", choices=["", "all", *PROFILES],
        help="the profile of the scheduler whose decisions and placements are compared",
    )  # fmt: skip
    parser.add_argument("--large", type=float, default=0.5, help="the share of large clusters")
    parser.add_argument("--cases", type=Path, help="where disagreements are written to")
    options = parser.parse_args()
    try:
        binaries = find_or_build(_say)
    except UnavailableError as error:
        _say(str(error))
        return 2
    from . import engine  # after src is on the path

    failed = False
    with control_plane(binaries) as plane:
        names = [*PROFILES] if options.profile == "all" else [options.profile]
        for profile in names if options.decisions else ():
            with oracle(plane, PROFILES.get(profile)) as asked:
                campaign = Campaign(
                    asked,
                    engine.judge,
                    judge_apart=engine.judge_apart,
                    profile=profile,
                    say=_say,
                    folder=options.cases,
                )
                totals = campaign.run(options.decisions, options.seed_start, large=options.large)
            print(profile, totals.table(), sep="\n" if profile else "")
            failed |= bool(totals.disagreements)
        for profile in names if options.placements else ():
            with driver(plane, PROFILES.get(profile)) as running:
                placed = scores.run(
                    running, engine.best_nodes, options.placements, options.seed_start,
                    profile=profile, say=_say,
                )  # fmt: skip
            print(profile, placed.table(), sep="\n" if profile else "")
            failed |= bool(placed.differences)
        if options.objects:
            from . import validation

            shown = validation.run(plane.api, options.objects, options.seed_start, say=_say)
            print(shown.table())
            failed |= bool(shown.stricter or shown.laxer)
        if options.plans:
            from . import plans

            wanted = plans.NAMES if options.plans == "all" else options.plans.split(",")
            failed |= not plans.run(plane, wanted, say=print)
        if options.landing:
            from . import landing, landing_input

            rows = options.landing
            wanted = landing_input.NAMES if rows == "all" else rows.split(",")
            failed |= not landing.run(
                plane, wanted, say=lambda text: print(text, flush=True), pods=options.pods
            )
    return int(failed)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
