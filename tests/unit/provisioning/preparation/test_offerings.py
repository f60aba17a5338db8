from kubestow.model import labels as names
from kubestow.model.nodepool import Networking
from kubestow.provisioning.preparation.offerings import default_pools, pool_offerings
from kubestow.testing import GENERAL, catalog, instance_type, nodepool

OLD = instance_type("m4.large", 2, 8, current_generation=False)
METAL = instance_type("m5.metal", 96, 384, hypervisor="", bare_metal=True)
ARM = instance_type("m7g.large", 2, 8, architecture="arm64")
OFFERED = catalog(*GENERAL, (OLD, 0.01), (METAL, 4.6), (ARM, 0.08), spot=0.3)


def types_of(pool: object, **wanted: tuple[str, ...]) -> set[str]:
    found = pool_offerings(pool, OFFERED, Networking(), wanted)  # type: ignore[arg-type] # a NodePool
    return {candidate.instance_type for candidate in found.candidates}


def test_the_default_pool_is_current_nitro_amd64_on_demand() -> None:
    amd64, arm64 = default_pools()
    assert types_of(amd64) == {item.name for item, _ in GENERAL}
    assert types_of(arm64) == {"m7g.large"}
    found = pool_offerings(amd64, OFFERED, Networking(), {})
    assert {c.capacity_type for c in found.candidates} == {"on-demand"}


def test_the_private_mark_of_current_types_is_not_a_node_label() -> None:
    found = pool_offerings(default_pools()[0], OFFERED, Networking(), {})
    assert not any("kubestow.dev" in key for c in found.candidates for key in c.labels)


def test_requirements_compare_generations_as_numbers() -> None:
    pool = nodepool("p", (names.AWS_PREFIX + "instance-generation", "Gt", ["5"]))
    assert types_of(pool) == {"m7g.large"}


def test_a_pool_without_a_capacity_type_offers_spot_and_on_demand() -> None:
    found = pool_offerings(nodepool(), OFFERED, Networking(), {})
    assert {c.capacity_type for c in found.candidates} == {"on-demand", "spot"}


def test_a_custom_label_with_two_values_makes_two_kinds_of_nodes() -> None:
    found = pool_offerings(nodepool("p", ("team", "In", ["a", "b"])), OFFERED, Networking(), {})
    assert {c.labels["team"] for c in found.candidates} == {"a", "b"}


def test_a_pools_own_labels_are_on_its_nodes() -> None:
    found = pool_offerings(nodepool("p", labels=(("tier", "web"),)), OFFERED, Networking(), {})
    assert all(c.labels["tier"] == "web" for c in found.candidates)
    assert all(c.labels[names.NODEPOOL] == "p" for c in found.candidates)


def test_a_pool_that_offers_nothing_names_the_requirement_that_did_it() -> None:
    pool = nodepool("p", (names.ARCH, "In", ["arm64"]), (names.OS, "In", ["windows"]))
    assert (
        "kubernetes.io/os In [windows]"
        in pool_offerings(pool, OFFERED, Networking(), {}).emptied_by()
    )


def test_requirements_that_exclude_everything_only_together_are_all_named() -> None:
    pool = nodepool("p", (names.ARCH, "In", ["arm64"]), (names.INSTANCE_TYPE, "In", ["m5.large"]))
    text = pool_offerings(pool, OFFERED, Networking(), {}).emptied_by()
    assert "together" in text
    assert "m5.large" in text
