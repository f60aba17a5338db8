"""VPC endpoints of a private cluster."""

from kubestow.model.setup import Network
from kubestow.preflight import private_cluster_endpoints as check

from .builders import config, container, found, one, setup, subject, unjudged, workload

ALWAYS = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts")


def test_the_missing_ones_are_named_with_their_reason() -> None:
    of = setup(
        config_of=config(is_private=True), network=Network("n.yaml", endpoints=("ec2", "s3", "sts"))
    )
    finding = one(check, of)
    assert finding.severity == "error"
    assert finding.reason == (
        "missing VPC endpoints: ecr.api (images are pulled from ECR), ecr.dkr (images are pulled "
        "from ECR); existing: ec2, s3, sts"
    )


def test_what_runs_needs_more() -> None:
    scaler = container(workload("ca"), image="registry.k8s.io/autoscaling/cluster-autoscaler:v1.34")
    of = setup(
        scaler,
        config_of=config(is_private=True, endpoints=ALWAYS),
        load_balancers=(subject("Ingress", "web"),),
    )
    assert "autoscaling (Cluster Autoscaler uses it)" in one(check, of).reason
    assert "elasticloadbalancing (Ingress shop/web needs it)" in one(check, of).reason


def test_the_endpoints_that_eksctl_makes_pass_and_a_public_cluster_needs_none() -> None:
    assert found(check, setup(config_of=config(is_private=True, endpoints=ALWAYS))) == []
    assert found(check, setup(config_of=config())) == []


def test_without_a_list_nothing_is_judged() -> None:
    assert unjudged(check, setup(config_of=config(is_private=True))) == [
        "eksctl creates no endpoints here, and --subnets lists none"
    ]
    assert unjudged(check, setup()) == ["no --cluster-config given"]
