"""Brings a live cluster up, to look at.

python -m tests.live demo
python -m tests.live demo --nodes 1000 --pods 20000
"""

import argparse
import sys
from pathlib import Path

# The repository's package, when it has not been installed.
sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))


def main() -> int:
    """Run what is asked for."""
    from . import demo  # after the path is known

    parser = argparse.ArgumentParser(prog="python -m tests.live", description=__doc__)
    commands = parser.add_subparsers(required=True)
    demonstration = commands.add_parser("demo", help="a cluster to look at, until Ctrl-C")
    demo.add_arguments(demonstration)
    return demo.run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
