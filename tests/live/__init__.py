"""The live test bed: a whole control plane, nodes that pretend, and a cloud that can fail."""
