from kubestow.cli import exit_codes


def test_a_script_can_tell_every_way_to_end_from_every_other() -> None:
    codes = [value for name, value in vars(exit_codes).items() if name.isupper()]
    assert len(set(codes)) == len(codes) == 6
    assert (exit_codes.OK, exit_codes.INTERRUPTED) == (0, 128 + 2)  # SIGINT is 2
