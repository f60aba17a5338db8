from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.ports import Journal, NoJournal
from kubestow.testing import observed


def test_without_a_journal_a_decision_is_forgotten_and_nothing_changed() -> None:
    journal: Journal = NoJournal()
    memory = Memory()
    journal.record(observed(()), memory, Decision())
    assert memory == Memory()
    assert not vars(journal)
