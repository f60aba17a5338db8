"""Pods that need metadata behind a hop limit of 1."""

from kubestow.model.setup import MachineSettings
from kubestow.preflight import imds_hop_limit as check

from .builders import config, container, found, group, one, setup, subject, unjudged, workload

LBC = "public.ecr.aws/eks/aws-load-balancer-controller:v2.13.0"
CLOSED = config(group(disable_pod_imds=True))


def test_a_controller_that_asks_for_its_region_finds_none() -> None:
    finding = one(check, setup(container(workload("lbc"), image=LBC), config_of=CLOSED))
    assert finding.severity == "warning"
    assert finding.field == "managedNodeGroups[0].disablePodIMDS"
    assert "Deployment shop/lbc use it" in finding.reason


def test_karpenters_default_is_a_limit_of_one() -> None:
    machine = MachineSettings(subject("EC2NodeClass", "default", ""))
    item = container(workload("lbc"), image=LBC)
    assert "(Karpenter's default)" in one(check, setup(item, machines=(machine,))).reason
    wide = MachineSettings(subject("EC2NodeClass", "default", ""), hop_limit=2)
    assert found(check, setup(item, machines=(wide,))) == []


def test_arguments_the_host_network_and_other_images_pass() -> None:
    told = container(
        workload("lbc"), image=LBC, arguments=("--aws-vpc-id=vpc-1", "--aws-region=us-east-1")
    )
    near = container(workload("lbc", host_network=True), image=LBC)
    for item in (told, near, workload()):
        assert found(check, setup(item, config_of=CLOSED)) == []
    assert unjudged(check, setup()) == ["no --cluster-config and no EC2NodeClass given"]
