"""Images and the architectures their pods may land on."""

from kubestow.preflight import image_platform as check

from .builders import config, found, group, one, setup, unjudged, workload

ARM = config(group("arm", "m6g.large"))
BOTH = config(group("arm", "m6g.large", "m5.large"))


def test_an_amd64_image_on_arm64_nodes_is_named() -> None:
    finding = one(
        check, setup(workload(), config_of=ARM, platforms={"shop/web:1": ("linux/amd64",)})
    )
    assert finding.severity == "error"
    assert finding.field == "spec.template.spec.containers[0].image"
    assert finding.reason == (
        "shop/web:1 is built only for linux/amd64, but its pods may run on arm64 nodes, where it "
        "fails with 'exec format error'"
    )
    assert finding.fix == "also build shop/web:1 for linux/arm64"


def test_where_other_nodes_serve_a_selector_is_the_other_way() -> None:
    platforms = {"shop/web:1": ("linux/amd64",)}
    finding = one(check, setup(workload(), config_of=BOTH, platforms=platforms))
    assert finding.fix.endswith("or set nodeSelector: {kubernetes.io/arch: amd64}")
    bound = workload(node_selector=(("kubernetes.io/arch", "amd64"),))
    assert found(check, setup(bound, config_of=BOTH, platforms=platforms)) == []


def test_an_image_of_both_platforms_passes() -> None:
    platforms = {"shop/web:1": ("linux/amd64", "linux/arm64")}
    of = setup(workload(), config_of=BOTH, platforms=platforms)
    assert found(check, of) == []
    assert unjudged(check, of) == []


def test_unknown_images_are_named_and_nothing_is_guessed() -> None:
    of = setup(workload(), config_of=ARM, platforms={})
    assert found(check, of) == []
    assert unjudged(check, of) == ["the platforms of 1 image are unknown: shop/web:1"]
    assert unjudged(check, setup(workload(), config_of=ARM)) == [
        "no --image-platforms, --oci-layout or --registry given"
    ]
