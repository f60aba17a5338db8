"""Items that are run one after another."""

from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.work_item import WorkItem, one_after_another


def test_items_run_in_order_whatever_they_take_and_each_value_is_there_at_once() -> None:
    ran = []

    def item(name: str, milliseconds: int) -> WorkItem[str]:
        def run(_: Reporter) -> str:
            ran.append(name)
            return name.upper()

        return WorkItem(run, milliseconds)

    values = one_after_another([item("a", 1), item("b", 5_000)], SilentReporter())
    assert next(values) == (0, "A")
    assert ran == ["a"]
    assert list(values) == [(1, "B")]
