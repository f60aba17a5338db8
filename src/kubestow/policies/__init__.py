"""Whole autoscalers: how each chooses nodes for pods that wait."""
