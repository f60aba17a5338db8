import pytest

from kubestow.model import labels as names


@pytest.mark.parametrize(
    ("key", "current"),
    [
        ("beta.kubernetes.io/arch", names.ARCH),
        ("beta.kubernetes.io/instance-type", names.INSTANCE_TYPE),
        ("failure-domain.beta.kubernetes.io/zone", names.ZONE),
        ("topology.ebs.csi.aws.com/zone", names.ZONE),
        (names.ZONE, names.ZONE),
        ("team", "team"),
    ],
)
def test_a_deprecated_label_key_stands_for_the_current_one(key: str, current: str) -> None:
    assert names.normalised(key) == current


def test_every_alias_leads_to_a_well_known_label_in_one_step() -> None:
    assert set(names.BETA_ALIASES.values()) <= names.WELL_KNOWN
    assert not set(names.BETA_ALIASES) & names.WELL_KNOWN
