"""Is a set-up fit to be launched? One check a file; kubestow.preflight.run runs them all."""
