"""A text is told where it has changed."""

from kubestow.live.told_once import ToldOnce


def test_a_text_is_told_again_only_after_another_one() -> None:
    heard: list[str] = []
    told = ToldOnce(heard.append)
    for text in ("full", "full", "", "full", "fuller"):
        told.say("limit", text)
    told.say("another", "fuller")
    told.say("another", "fuller", " by 7")
    told.say("another", "full", " by 8")
    assert heard == ["full", "full", "fuller", "fuller", "full by 8"]
