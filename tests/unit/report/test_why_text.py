"""A story on a screen."""

from kubestow.model.observed import ClusterEvent
from kubestow.model.story import Happened, LiveFacts, NodePresent, Occurrence, Offer, Story, WhyKept
from kubestow.report.table import Screen
from kubestow.report.why_text import render_why
from kubestow.views.why_view import why_view

MONDAY = 1_767_571_200
PODS = tuple(f"shop/checkout-{number}" for number in range(5))


def story(*occurrences: Occurrence, **fields: object) -> Story:
    given: dict[str, object] = {
        "name": "general-1",
        "since": MONDAY,
        "until": MONDAY + 60,
        "decisions": 2,
        "offer": Offer("general", "m5.large", "us-east-1a", "spot", 28_800_000),
        "node_names": {"general-1": "ip-10-0-1-7.ec2.internal"},
    }
    return Story(occurrences=occurrences, **(given | fields))  # type: ignore[arg-type] # its own


def text(given: Story | None, width: int | None = None, live: LiveFacts | None = None) -> str:
    return render_why(why_view(given, "node", "ip-9", live=live), Screen(width))


def test_what_happened_in_one_day_is_told_by_the_time_of_day() -> None:
    shown = text(
        story(
            Occurrence(at=MONDAY, what=Happened.LAUNCHED),
            Occurrence(at=MONDAY + 9, what=Happened.DRAIN_DECIDED, reason="Expired", times=3,
                       last_at=MONDAY + 12),
        )
    )  # fmt: skip
    assert shown.splitlines() == [
        "node ip-10-0-1-7.ec2.internal (claim general-1): m5.large spot in us-east-1a, "
        "0.0288 USD/h of NodePool general",
        "from 2 decisions between 2026-01-05 00:00:00 and 2026-01-05 00:01:00 UTC",
        "",
        "  00:00:00  EC2 launched its instance",
        "  00:00:09  drained. Expired: it is as old as the NodePool lets it be (3 times until "
        "00:00:12)",
    ]


def test_what_happened_in_several_days_is_told_with_the_day() -> None:
    shown = text(
        story(
            Occurrence(at=MONDAY, what=Happened.LAUNCHED),
            Occurrence(at=MONDAY + 86_400, what=Happened.READY),
        )
    )
    assert "  2026-01-05 00:00:00  EC2 launched" in shown
    assert "  2026-01-06 00:00:00  Ready" in shown


def test_what_happened_in_one_day_of_several_is_told_with_the_day() -> None:
    begun = story(Occurrence(at=MONDAY, what=Happened.LAUNCHED), since=MONDAY - 86_400)
    assert "  2026-01-05 00:00:00  EC2 launched" in text(begun)
    longer = story(Occurrence(at=MONDAY, what=Happened.LAUNCHED), until=MONDAY + 3 * 86_400)
    assert "  2026-01-05 00:00:00  EC2 launched" in text(longer)


def test_sentences_wrap_in_a_column_of_their_own() -> None:
    shown = text(story(Occurrence(at=MONDAY, what=Happened.LANDED, pods=PODS)), 60)
    lines = [line for line in shown.splitlines() if "landed" in line or "more" in line]
    assert lines[0].startswith("  00:00:00  5 pods landed")
    assert lines[1].startswith("            ")
    assert max(map(len, shown.splitlines())) <= 60


def test_a_long_story_is_told_with_its_beginning_and_its_end() -> None:
    many = [
        Occurrence(at=MONDAY + number, what=Happened.ENDED if number % 2 else Happened.LAUNCHED)
        for number in range(100)
    ]
    rows = text(story(*many)).splitlines()[3:]
    assert [row.split()[0] for row in rows[4:7]] == ["00:00:04", "...", "00:01:15"]
    assert "70 more in between: -o json has them" in rows[5]
    assert len(rows) == 31


def test_what_is_true_now_and_what_the_cluster_says_come_last() -> None:
    present = NodePresent("Ready", 2, (WhyKept("a reason"),))
    event = ClusterEvent("Node", "", "ip", "Normal", "Opened", "open", 2, MONDAY, "kubestow")
    live = LiveFacts("shop", (("status", "Ready"), ("open since", "then")), (event,))
    shown = text(story(present=present), live=live).splitlines()
    assert shown[3:] == [
        "at the last decision, 2026-01-05 00:01:00 UTC:",
        "  Ready, with 2 pods beside DaemonSets'",
        "  it stays: a reason",
        "",
        "in shop now:",
        "  status      Ready",
        "  open since  then",
        "Events of kubestow:",
        "  2026-01-05 00:00:00  Opened: open (2 times)",
    ]


def test_what_is_gone_from_the_cluster_is_said() -> None:
    assert text(None, live=LiveFacts("shop", is_there=False)).splitlines() == [
        "node ip-9",
        "",
        "in shop it is not there any more",
    ]


def test_earlier_nodes_of_the_name_are_told() -> None:
    assert "the name was that of other nodes before: general-0" in text(
        story(earlier=("general-0",))
    )
