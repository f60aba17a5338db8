"""Objects of kinds outside Kubernetes that make pods, read as the workloads their operators make.

What cannot be read is named as making pods that are not counted, never as without effect.
"""
