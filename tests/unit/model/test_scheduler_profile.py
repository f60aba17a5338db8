from kubestow.model.scheduler_profile import (
    DEFAULT_PROFILE,
    SchedulerProfile,
    SchedulerProfiles,
    ScoreWeights,
)

OWN, OTHER = SchedulerProfile(percentage_scored=7), SchedulerProfile("other")


def test_a_pod_without_a_scheduler_name_has_the_profile_of_the_default_scheduler() -> None:
    assert SchedulerProfiles().get("") == DEFAULT_PROFILE
    assert SchedulerProfiles((OTHER,)).get("default-scheduler") == DEFAULT_PROFILE
    assert SchedulerProfiles((OTHER, OWN)).get("") == OWN


def test_a_profile_is_found_by_its_name() -> None:
    assert SchedulerProfiles((OWN, OTHER)).get("other") == OTHER
    assert SchedulerProfiles((OWN, OTHER)).get("volcano") is None
    assert SchedulerProfiles((OWN, OTHER)).of("volcano") == DEFAULT_PROFILE


def test_nodes_are_scored_while_any_plugin_scores() -> None:
    nothing = ScoreWeights(0, 0, 0, 0, 0, 0, 0, others=False)
    assert ScoreWeights().any
    assert not nothing.any
    assert ScoreWeights(0, 0, 0, 0, 0, 0, 0, others=True).any
    assert ScoreWeights(0, 0, 0, 0, 0, 0, 1, others=False).any
