"""Broken and hostile input, made from a seed: no traceback, no hang, little memory, one clear error.

``python -m tests.input_fuzz --seed 1 --count 10000`` tries so many inputs of every kind of file, every
option and every stream, and prints what it finds.
"""
