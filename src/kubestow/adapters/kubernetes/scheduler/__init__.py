"""The configuration of kube-scheduler, from its own file and from what EKS says of a cluster."""
