"""What people read of deeds and of pods that wait."""

import pytest

from kubestow.live.happenings import Happening, happening, of_waiting
from kubestow.live.witness import (
    CORDON,
    DELETE,
    DRAIN,
    END,
    EVICT,
    HOLD,
    LAND,
    LAUNCH,
    NODE,
    NODE_POOL,
    NOTICE,
    OPEN,
    ORDER,
    POD,
    RELEASE,
    UNCORDON,
    Deed,
)
from kubestow.model.decision import HELD_BACK, Waiting


@pytest.mark.parametrize(("deed", "about", "reason", "text"), [
    (Deed(LAND, POD, "shop/web", node="ip-1"), "shop/web", "Landed", "bound to ip-1"),
    (Deed(EVICT, POD, "shop/web", "Drifted", node="ip-1"), "shop/web", "Evicted", "ip-1 leaves"),
    (Deed(DELETE, POD, "shop/web", "Expired", node="ip-1"), "shop/web", "Evicted", "Expired"),
    (Deed(HOLD, NODE, "ip-1", "Provisioning"), "ip-1", "Launched", "(Provisioning)"),
    (Deed(HOLD, NODE, "ip-1"), "ip-1", "Launched", "launched by kubestow; it is held"),
    (Deed(HOLD, NODE, "ip-1", "Provisioning", "node group web"), "ip-1", "Launched",
     "launched by node group web, which kubestow asked for it (Provisioning); it is held"),
    (Deed(OPEN, NODE, "ip-1"), "ip-1", "Opened", "any pod"),
    (Deed(CORDON, NODE, "ip-1", "Drifted"), "ip-1", "Replacing", "Drifted"),
    (Deed(UNCORDON, NODE, "ip-1"), "ip-1", "Kept", "does not leave"),
    (Deed(DRAIN, NODE, "ip-1", "Empty"), "ip-1", "Leaving", "Empty"),
    (Deed(NOTICE, NODE, "ip-1", "interrupted", "i-1: spot"), "ip-1", "Noticed", "i-1: spot"),
    (Deed(END, "Instance", "i-1", "Empty", node="ip-1"), "ip-1", "InstanceEnded", "i-1"),
    (Deed(LAUNCH, NODE_POOL, "general", detail="no rights", result="UnauthorizedOperation"),
     "general", "LaunchRefused", "no rights"),
    (Deed(LAUNCH, NODE_POOL, "general", detail="none of m5", result="insufficient capacity"),
     "general", "InsufficientCapacity", "none of m5"),
    (Deed(LAUNCH, NODE_POOL, "general", detail="too dear", result=HELD_BACK),
     "general", "HeldBack", "too dear"),
    (Deed(EVICT, POD, "shop/web", "Empty", node="ip-1", result="refused"),
     "shop/web", "NotEvicted", "a PodDisruptionBudget"),
])  # fmt: skip
def test_a_deed_is_an_event_of_its_object(deed: Deed, about: str, reason: str, text: str) -> None:
    made = happening(deed)
    assert made is not None
    assert (made.name, made.reason, made.type) == (about, reason, made.type)
    assert text in made.message
    assert made.type == ("Normal" if deed.is_done and deed.what != NOTICE else "Warning")


@pytest.mark.parametrize("deed", [
    Deed(ORDER, POD, "3 pods"), Deed(RELEASE, NODE, "ip-1"), Deed(LAUNCH, "Instance", "i-1"),
    Deed(LAND, POD, "shop/web", result="failed"), Deed(DRAIN, NODE, "ip-1", result="forbidden"),
])  # fmt: skip
def test_what_nobody_needs_to_read_is_none(deed: Deed) -> None:
    assert happening(deed) is None


def test_a_pod_that_waits_is_told_why() -> None:
    planned, without = of_waiting(
        [Waiting("shop/a", "planned", "general-1"), Waiting("shop/b", "Insufficient cpu", "x")]
    )
    assert planned == Happening(
        "Pod", "shop/a", "Normal", "Planned",
        "a node is planned for it: it waits until that is there",
    )  # fmt: skip
    assert (without.type, without.reason) == ("Warning", "NoNodePlanned")
    assert without.message == "no node is planned for it: Insufficient cpu (x)"
