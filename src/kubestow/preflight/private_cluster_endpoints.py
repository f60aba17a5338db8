"""A private cluster without a VPC endpoint that its nodes or workloads need.

Source: EKS user guide, Deploy private clusters with limited internet access: ec2, ecr.api, ecr.dkr,
s3 and sts always; elasticloadbalancing, autoscaling, logs, eks-auth and the rest by what runs.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.view import View
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "private-cluster-endpoints",
    "error",
    "A private cluster lacks a VPC endpoint it needs",
    EKS + "private-clusters.html",
)
_ALWAYS = {
    "ec2": "nodes describe themselves",
    "ecr.api": "images are pulled from ECR",
    "ecr.dkr": "images are pulled from ECR",
    "s3": "image layers are in S3",
    "sts": "service accounts get their IAM roles",
}
_BY_IMAGE = {
    "cluster-autoscaler": {"autoscaling": "Cluster Autoscaler runs"},
    "aws-load-balancer-controller": {"elasticloadbalancing": "the load balancer controller runs"},
    "karpenter": {"ssm": "Karpenter finds AMIs", "sqs": "Karpenter hears of interruptions",
                  "eks": "Karpenter describes the cluster"},
    "aws-for-fluent-bit": {"logs": "logs go to CloudWatch"},
    "cloudwatch-agent": {"logs": "logs go to CloudWatch", "monitoring": "so do metrics"},
    "eks-pod-identity-agent": {"eks-auth": "EKS Pod Identity is used"},
    "aws-efs-csi-driver": {"elasticfilesystem": "EFS volumes are mounted"},
}  # fmt: skip


def judge(view: View) -> Iterator[Finding | NotJudged]:
    """Compare the endpoints there are, or that eksctl makes, with those needed."""
    config, network = view.setup.config, view.setup.network
    if config is None:
        yield RULE.not_judged("no --cluster-config given")
        return
    if not config.is_private:
        return
    if not config.endpoints and (network is None or network.endpoints is None):
        yield RULE.not_judged("eksctl makes no endpoints here, and --subnets lists none")
        return
    held = {*config.endpoints, *((network.endpoints or ()) if network else ())}
    for service, why in _needed(view).items():
        if service not in held:
            yield RULE.found(
                config.subject,
                "privateCluster",
                f"there is no VPC endpoint for {service}, and {why}; those there are: "
                f"{listed(sorted(held), 8)}",
                f"make an endpoint com.amazonaws.{view.setup.catalog.region}.{service}"
                " (autoscaling, logs, cloudformation: additionalEndpointServices of eksctl)",
            )


def _needed(view: View) -> dict[str, str]:
    found = dict(_ALWAYS)
    if view.setup.load_balancers:
        found["elasticloadbalancing"] = f"{view.setup.load_balancers[0].describe()} needs it"
    images = {c.image for w in view.setup.workloads for c in w.containers}
    for name, services in _BY_IMAGE.items():
        if any(name in image for image in images):
            found |= {key: why for key, why in services.items() if key not in found}
    return found
