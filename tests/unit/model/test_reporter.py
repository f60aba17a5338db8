from kubestow.model.reporter import Reporter, SilentReporter


def test_the_silent_reporter_never_ends_a_search_early() -> None:
    reporter: Reporter = SilentReporter()
    for done, total in ((0, 0), (1, 10), (10, 10)):
        reporter.progress("planning", done, total)
