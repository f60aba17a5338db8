"""Moving pods from some nodes to others in waves that are shown to end.

Law: pure; where a pod comes to is decided by kubestow.scheduling alone.
"""
