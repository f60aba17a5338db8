"""Moving pods from some nodes to others, in waves that are proven to finish.

Only kubestow.scheduling decides where a pod goes.
"""
