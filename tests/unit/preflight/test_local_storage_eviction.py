"""Pods that keep Cluster Autoscaler from their node."""

from kubestow.model.setup import CheckedWorkload, PodVolume
from kubestow.preflight import local_storage_eviction as check

from .builders import config, found, group, one, setup, unjudged, workload

SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"


def local(kind: str, **notes: str) -> CheckedWorkload:
    annotations = tuple((f"{SAFE}{key}", text) for key, text in notes.items())
    return workload(volumes=(PodVolume("cache", kind),), annotations=annotations)


def test_an_empty_dir_keeps_the_node() -> None:
    finding = one(check, setup(local("emptyDir"), config_of=config(group())))
    assert finding.severity == "info"
    assert finding.reason.startswith("volumes cache are local")
    assert one(check, setup(local("hostPath"), config_of=config(group())))


def test_an_annotation_that_forbids_it_keeps_the_node() -> None:
    item = workload(annotations=((SAFE, "false"),))
    assert "is false" in one(check, setup(item, config_of=config(group()))).reason


def test_memory_and_annotations_that_allow_it_pass() -> None:
    allowed = workload(volumes=(PodVolume("cache", "emptyDir"),), annotations=((SAFE, "true"),))
    spared = local("emptyDir", **{"-local-volumes": "cache"})
    for item in (local("memory"), allowed, spared, workload()):
        assert found(check, setup(item, config_of=config(group()))) == []
    assert unjudged(check, setup(local("emptyDir"))) == [
        "no node groups and no Cluster Autoscaler in the input"
    ]
