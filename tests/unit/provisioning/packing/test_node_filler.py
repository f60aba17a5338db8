import numpy as np

from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import (
    Bin,
    Item,
    PackingProblem,
    Rules,
)


def problem(
    requests: list[list[int]], units: list[int], capacity: list[int], rules: Rules | None = None
) -> PackingProblem:
    items = [Item(((i, 1),), count) for i, count in enumerate(units)]
    return PackingProblem(
        axes=("cpu", "memory"),
        items=items,
        requests=np.array(requests, dtype=np.int64),
        bins=[Bin((0,), 100, 0)],
        capacity=np.array([capacity], dtype=np.int64),
        compatible=np.ones((len(items), 1), dtype=bool),
        rules=rules or Rules(of_item=[() for _ in items]),
        pool_limits=[{}],
        usage=[{}],
        pool_used=[{}],
    )


def filled(state: PackingProblem, keys: list[float]) -> dict[int, int]:
    filler = NodeFiller(state)
    return dict(filler.fill(0, state.demand, filler.order(np.array(keys))).load)


def test_items_are_taken_in_order_as_many_as_fit() -> None:
    assert filled(problem([[3, 1], [1, 1]], [5, 5], [10, 10]), [2, 1]) == {0: 3, 1: 1}
    assert filled(problem([[3, 1], [1, 1]], [5, 5], [10, 10]), [1, 2]) == {1: 5, 0: 1}


def test_no_more_units_than_are_left_are_taken() -> None:
    assert filled(problem([[1, 1]], [2], [10, 10]), [1]) == {0: 2}


def test_an_item_far_down_the_order_is_still_found() -> None:
    requests = [[20, 1]] * 300 + [[1, 1]]
    assert filled(problem(requests, [1] * 301, [10, 10]), [*range(301, 1, -1), 1]) == {300: 1}


def test_a_zero_request_fits_even_where_less_than_nothing_is_free() -> None:
    assert filled(problem([[0, 1], [1, 1]], [2, 2], [-5, 10]), [1, 2]) == {0: 2}


def one_rule(cap: int, members: list[tuple[int, int, bool]], items: int) -> Rules:
    columns = list(zip(*members, strict=True))
    rules = Rules(
        caps=[cap],
        constraints=["InterPodAffinity"],
        of_item=[() for _ in range(items)],
        members=[(
            np.array(columns[0], dtype=np.int64),
            np.array(columns[1], dtype=np.int64),
            np.array(columns[2], dtype=bool),
        )],
    )  # fmt: skip
    for item, weight, owns in members:
        rules.of_item[item] = ((0, weight, owns),)
    return rules


def test_a_rule_caps_what_its_owner_and_the_counted_share() -> None:
    rules = one_rule(2, [(0, 1, True), (1, 1, True)], 2)
    assert filled(problem([[1, 1], [1, 1]], [5, 5], [10, 10], rules), [2, 1]) == {0: 2}


def test_counted_items_are_free_of_a_rule_until_an_owner_comes() -> None:
    rules = one_rule(0, [(0, 1, False), (1, 0, True)], 2)
    state = problem([[1, 1], [1, 1]], [3, 3], [10, 10], rules)
    assert filled(state, [2, 1]) == {0: 3}
    assert filled(state, [1, 2]) == {1: 3}


def test_what_is_on_a_bin_already_counts() -> None:
    rules = one_rule(1, [(0, 1, True)], 1)
    rules.initial = {0: ((0, 1, True),)}
    assert filled(problem([[1, 1]], [3], [10, 10], rules), [1]) == {}
