"""A private cluster that lacks a VPC endpoint for its nodes or workloads.

Source: EKS user guide, Deploy private clusters with limited internet access: ec2, ecr.api, ecr.dkr,
s3 and sts always; elasticloadbalancing, autoscaling, logs, eks-auth and the rest by what runs.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
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
    "cluster-autoscaler": {"autoscaling": "Cluster Autoscaler uses it"},
    "aws-load-balancer-controller": {"elasticloadbalancing": "its controller uses it"},
    "karpenter": {"ssm": "Karpenter finds AMIs", "sqs": "Karpenter reads interruptions",
                  "eks": "Karpenter describes the cluster"},
    "aws-for-fluent-bit": {"logs": "logs go to CloudWatch"},
    "cloudwatch-agent": {"logs": "logs go to CloudWatch", "monitoring": "metrics go to CloudWatch"},
    "eks-pod-identity-agent": {"eks-auth": "EKS Pod Identity is used"},
    "aws-efs-csi-driver": {"elasticfilesystem": "EFS volumes are mounted"},
}  # fmt: skip


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare existing endpoints, and those that eksctl creates, with those needed."""
    config, network = context.setup.config, context.setup.network
    if config is None:
        yield RULE.not_judged("no --cluster-config given")
        return
    if not config.is_private:
        return
    if not config.endpoints and (network is None or network.endpoints is None):
        yield RULE.not_judged("eksctl creates no endpoints here, and --subnets lists none")
        return
    present = {*config.endpoints, *((network.endpoints or ()) if network else ())}
    lacking = {name: why for name, why in _needed(context).items() if name not in present}
    if lacking:
        reasons = listed((f"{name} ({why})" for name, why in lacking.items()), len(lacking))
        existing = listed(sorted(present), len(present)) or "none"
        first = next(iter(lacking))
        yield RULE.finding(
            config.subject,
            "privateCluster",
            f"missing VPC endpoints: {reasons}; existing: {existing}",
            f"create endpoints such as com.amazonaws.{context.setup.catalog.region}.{first}; "
            "eksctl creates those in privateCluster.additionalEndpointServices (autoscaling, logs)",
        )


def _needed(context: CheckContext) -> dict[str, str]:
    needed = dict(_ALWAYS)
    if context.setup.load_balancers:
        needed["elasticloadbalancing"] = f"{context.setup.load_balancers[0].describe()} needs it"
    images = {c.image for w in context.setup.workloads for c in w.containers}
    for name, services in _BY_IMAGE.items():
        if any(name in image for image in images):
            needed |= {key: why for key, why in services.items() if key not in needed}
    return needed
