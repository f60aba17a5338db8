"""The imperative shell's hands: files, Kubernetes and AWS shapes. Wire objects end here."""
