"""May this pod run on that node? kube-scheduler's filters over many nodes at once."""
