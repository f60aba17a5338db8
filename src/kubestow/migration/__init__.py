"""Moving pods from some nodes to others, in waves that are proven to finish.

Law: only kubestow.scheduling decides where a pod goes.
"""
