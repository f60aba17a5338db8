"""Run benchmarks: python -m benchmarks [NAME ...]; without a name, all of them."""

import sys

from benchmarks import determinism, karpenter_mix, online_shop, openb, reading
from benchmarks.measure import Table, machine

BENCHMARKS = {
    "online-shop": online_shop.run,
    "openb": openb.run,
    "karpenter-mix": karpenter_mix.run,
    "reading": reading.run,
    "determinism": determinism.run,
}


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"unknown benchmark {unknown[0]!r}; expected one of {', '.join(BENCHMARKS)}")
    print(machine())
    for name in names:
        table = Table(name)
        BENCHMARKS[name](table)
        print(table.text())


if __name__ == "__main__":
    main()
