"""What a node offers, derived from facts of AWS: pod density, overhead, labels, prices."""
