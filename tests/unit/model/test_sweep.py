from dataclasses import replace

from kubestow.model.sweep import Setting

SETTING = Setting("optimal", "steady", "none", step=60, seconds=3_600)


def test_runs_are_grouped_by_a_setting_that_is_equal_in_every_field() -> None:
    same = replace(SETTING)
    assert {SETTING: 1}[same] == 1
    assert replace(SETTING, step=61) not in {SETTING: 1}
