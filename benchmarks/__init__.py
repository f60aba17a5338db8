"""Measurements of kubestow; see PROTOCOL.md. Every one is a command: python -m benchmarks NAME."""
