"""The nouns, frozen: values only, no I/O, no clock, no dice, no log."""
