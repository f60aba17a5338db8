"""Kubernetes and Karpenter objects turned into model values."""
