"""One file per kube-scheduler filter plugin, under the plugin's name."""
