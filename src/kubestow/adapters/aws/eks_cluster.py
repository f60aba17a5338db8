"""A cluster as EKS describes it, as far as a node needs it to join.

Sources: EKS API reference, DescribeCluster and KubernetesNetworkConfigResponse; EKS user guide,
"View and manage security groups for clusters".
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.model.input_error import InputError

ACTING_IAM_ACTIONS = ("eks:DescribeCluster",)
_ERRAND = Errand(
    "launching nodes",
    ACTING_IAM_ACTIONS,
    again="start the controller again",
    meanwhile="nodes can only be launched for a cluster that EKS describes",
    credentials="set AWS_PROFILE, or give the pod a role",
)
_NO_CLUSTER = "ResourceNotFoundException"
_DNS_HOST = 10
"""EKS gives kube-dns the tenth address of the service range."""


@dataclass(frozen=True, slots=True)
class EksCluster:
    """An EKS cluster. ``certificate_authority`` is base64; ``version`` is such as 1.34.

    ``service_cidr`` is the range that services use, which is that of IPv6 in an IPv6 cluster;
    ``security_group`` is the cluster's own, empty if there is none.
    """

    name: str
    endpoint: str
    certificate_authority: str
    service_cidr: str
    version: str
    security_group: str = ""
    service_ipv6_cidr: str = ""

    @property
    def is_ipv6(self) -> bool:
        """True if pods and services have IPv6 addresses."""
        return ":" in self.service_cidr

    @property
    def dns_address(self) -> str:
        """The address of kube-dns."""
        return str(ipaddress.ip_network(self.service_cidr)[_DNS_HOST])


def described_cluster(eks: Any, name: str, region: str) -> EksCluster:
    """Return a cluster as EKS describes it now.

    Raises InputError where EKS cannot be asked, has no such cluster, or is still creating it.
    """
    from botocore.exceptions import ClientError

    with aws_failures(region, _ERRAND):
        try:
            answer = eks.describe_cluster(name=name)
        except ClientError as problem:
            if problem.response.get("Error", {}).get("Code", "") != _NO_CLUSTER:
                raise
            raise InputError(
                f"EKS has no cluster {name} in {region}",
                hint="check the cluster's name, the region and the account (AWS_PROFILE); "
                "'aws eks list-clusters' lists what there is",
            ) from problem
        with known_shape("DescribeCluster", _ERRAND):
            return _cluster(answer["cluster"])


def _cluster(item: Mapping[str, Any]) -> EksCluster:
    network = item["kubernetesNetworkConfig"]
    ipv4, ipv6 = network.get("serviceIpv4Cidr") or "", network.get("serviceIpv6Cidr") or ""
    service_cidr = ipv6 if network.get("ipFamily") == "ipv6" or not ipv4 else ipv4
    endpoint = item.get("endpoint")
    authority = item.get("certificateAuthority", {}).get("data")
    if not (endpoint and authority and service_cidr):
        status = item.get("status", "unknown")
        raise InputError(
            f"cluster {item['name']} has no endpoint yet (status {status})",
            hint="wait until 'aws eks describe-cluster' shows status ACTIVE",
        )
    return EksCluster(
        name=item["name"],
        endpoint=endpoint,
        certificate_authority=authority,
        service_cidr=service_cidr,
        version=item["version"],
        security_group=item.get("resourcesVpcConfig", {}).get("clusterSecurityGroupId", ""),
        service_ipv6_cidr=ipv6,
    )
