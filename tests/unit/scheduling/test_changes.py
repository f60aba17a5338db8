from kubestow.scheduling.changes import ChangeLog


def test_changes_are_told_from_any_time_on_however_many_there_are() -> None:
    log = ChangeLog()
    for node in range(200):
        log.append(node)
    log.extend([7, 8])
    assert log.length == 202
    assert log.last == 8
    assert log.since(0).tolist() == [*range(200), 7, 8]
    assert log.since(199).tolist() == [199, 7, 8]
    assert log.since(202).tolist() == []
