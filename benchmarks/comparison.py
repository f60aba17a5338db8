"""The comparison of compute options on instances that can be generated: a table each.

Run: python -m benchmarks.comparison [--rehearse] [NAME ...], by default the three smallest mixes.
"""

import argparse
import time

from benchmarks.instances import MissingError, snapshot
from benchmarks.measure import machine

NAMES = ("mix-1", "mix-2", "mix-3")


def main() -> None:
    """Compare and print."""
    from kubestow.compute.case import ComparisonCase
    from kubestow.compute.comparison import OptionChoices, compare
    from kubestow.verify import judge

    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--rehearse", action="store_true", help="play and mend the fleets too")
    options = parser.parse_args()
    print(machine())
    for name in options.names:
        try:
            state = snapshot(name)
        except MissingError as missing:
            print(f"{name}: skipped: {missing}")
            continue
        started = time.perf_counter()
        found = compare(ComparisonCase(state, rehearses=options.rehearse), OptionChoices())
        seconds = time.perf_counter() - started
        bound = found.lower_bound.nano_usd_per_hour / 1e9
        print(f"\n{name}: {found.pods} pods, bound {bound:.3f} USD/h, {seconds:.0f} s")
        for option in found.options:
            broken = sum(len(judge(p.snapshot, p.plan, p.pools)) for p in option.plans)
            own = option.part("instances") / 1e9
            print(
                f"  {option.title:46}{option.nano_usd_per_hour / 1e9:10.3f} USD/h, instances "
                f"{own:9.3f} ({own / bound:6.3f} of the bound), {option.nodes:5} nodes, "
                f"{option.pods}/{found.pods} pods, {option.stranded} Pending, {broken} violations"
            )


if __name__ == "__main__":
    main()
