"""Run kubestow as a module: python -m kubestow."""

from kubestow.cli.main import main

main()
