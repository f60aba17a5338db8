"""What EKS can run pods on: one option a file, with its prohibitions, fees and plan."""
