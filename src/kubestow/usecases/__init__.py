"""What kubestow does for whoever asks: a typed request in, a judged answer out.

The command line calls these functions; so will every other front end. They read no file, write no
file and show nothing. A plan leaves only after the judge has accepted it.
"""
