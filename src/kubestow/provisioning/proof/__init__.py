"""What any fleet costs at least, and what each pod is worth."""
