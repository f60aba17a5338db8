"""Benchmarks of kubestow, run as python -m benchmarks NAME; see PROTOCOL.md."""
