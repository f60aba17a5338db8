"""Broken and hostile input, made from a seed: what every run must keep.

No traceback, no hang, little memory, the right exit code and one clear error with a hint.
``python -m tests.input_fuzz --seed 1 --count 10000`` tries so many inputs of every kind of file,
every option and every stream, and prints what it finds.
"""
