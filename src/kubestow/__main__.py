"""The program's entry: ``kubestow`` and ``python -m kubestow``.

The commands are imported here and not above, so that Ctrl-C while they load ends in a word as well.
"""

import sys


def main() -> None:
    """Run the command line this process was given."""
    try:
        from kubestow.cli.main import main as run

        run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
