"""The orders that every fleet has to pass."""

from kubestow.model.snapshot import Cluster
from kubestow.provisioning.rehearsed.orders import KnownOrders
from kubestow.scheduling.rehearsal import Rehearsal
from kubestow.testing import replicas

PODS = replicas(6, "web", "1")


def orders() -> KnownOrders:
    cluster = Cluster(pods=PODS)
    return KnownOrders(Rehearsal(cluster, [pod.key for pod in PODS]), 3, seed=7)


def test_each_order_has_dice_of_its_own_and_keeps_them() -> None:
    found = orders()
    first, second, third = found.known
    assert len({first.seed, second.seed, third.seed}) == 3
    found.hardest(2)
    assert found.known == [third, first, second]
    (fresh,) = found.fresh(1, late=True)
    found.learn(fresh)
    assert found.known == [fresh, third, first, second]


def test_fresh_orders_are_never_given_twice() -> None:
    found = orders()
    given = [*found.fresh(4, late=True), *found.fresh(4, late=True)]
    assert len({order.seed for order in (*given, *found.known)}) == 11
    assert len({order.order.pods for order in given}) == 8
