"""What the program's exit codes mean; part of its interface."""

OK = 0
WRONG_INPUT = 1
UNSCHEDULABLE = 2
OUR_BUG = 3
FINDINGS = 4
"""kubestow check found something as bad as --fail-on, or kubestow adopt an error."""
INTERRUPTED = 130
"""Ctrl-C, and nothing complete to show. A plan that was found so far is judged and shown, with the
exit code that it has; an interrupted simulation or sweep shows what it has, with this code."""
