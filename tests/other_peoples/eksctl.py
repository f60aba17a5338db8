"""The shapes of eksctl's examples (eksctl-io/eksctl, examples/), with values of our own."""

from typing import Any

from tests.other_peoples.shape import Shape


def _of(
    like: str, of: str, body: str, *pools: str, region: str = "us-west-2", **more: Any
) -> Shape:
    head = (
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"
        f"metadata: {{name: demo, region: {region}}}\n"
    )
    return Shape(like, of, head + body, pools, **more)


_ALONE = "[{name: a, instanceType: m5.large, desiredCapacity: 1}]"
_NO_GROUPS = "has no node groups"
_NOTHING = "no node group can be planned with"
_GPU_SPOT = (
    "instancesDistribution: {maxPrice: 1.5, instanceTypes: [%s], onDemandBaseCapacity: 0, "
    "onDemandPercentageAboveBaseCapacity: 0, spotAllocationStrategy: capacity-optimized}, "
    "minSize: 0, maxSize: 4, availabilityZones: [us-east-1c], taints: {spot: "
    "'true:PreferNoSchedule'}"
)
_OUTPOST = """
outpost: {controlPlaneOutpostARN: 'arn:aws:outposts:us-west-2:111122223333:outpost/op-1',
          controlPlaneInstanceType: m5d.large%s}
nodeGroups: [{name: a, instanceType: m5d.large, privateNetworking: true}]
"""
_ROLE = "arn:aws:iam::111122223333:role/a"

SHAPES = (
    _of("01-simple-cluster.yaml", "one group of a fixed size",
        "nodeGroups: [{name: a, instanceType: m5.large, desiredCapacity: 10}]", "a"),
    _of("02-custom-vpc-cidr-no-nodes.yaml", "a VPC's CIDR, no groups",
        "vpc: {cidr: 10.20.0.0/16}\nnodeGroups: []", said=(_NO_GROUPS,)),
    _of("03-two-nodegroups.yaml", "a public and a private group",
        "nodeGroups: [{name: a, instanceType: m5.xlarge, desiredCapacity: 4}, {name: b, "
        "instanceType: m5.large, desiredCapacity: 10, privateNetworking: true}]", "a", "b"),
    _of("04-existing-vpc.yaml", "subnets of a VPC by zone", """
vpc:
  id: vpc-1
  cidr: 10.20.0.0/16
  subnets:
    private:
      us-west-2a: {id: subnet-1, cidr: 10.20.0.0/19}
      us-west-2b: {id: subnet-2, cidr: 10.20.32.0/19}
nodeGroups: [{name: a, instanceType: m5.xlarge, desiredCapacity: 2, privateNetworking: true}]
""", "a"),
    _of("05-advanced-nodegroups.yaml",
        "an own AMI, target groups, boot scripts, taints, one zone", """
nodeGroups:
  - {name: a, instanceType: m5.xlarge, minSize: 2, maxSize: 8, volumeSize: 100, volumeType: gp2,
     ami: ami-1, amiFamily: AmazonLinux2, disableIMDSv1: true, labels: {tier: front},
     iam: {withAddonPolicies: {autoScaler: true}}}
  - {name: b, instanceType: m5.large, desiredCapacity: 2, labels: {tier: back},
     targetGroupARNs: ['arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/a/1'],
     privateNetworking: true, preBootstrapCommands: ['sysctl -w vm.max_map_count=262144']}
  - {name: c, instanceType: c3.8xlarge, desiredCapacity: 4, labels: {tier: batch},
     classicLoadBalancerNames: [lb], taints: {special: 'true:NoSchedule'},
     asgMetricsCollection: [{granularity: 1Minute, metrics: [GroupMinSize]}],
     privateNetworking: true, availabilityZones: [us-west-2a]}
availabilityZones: [us-west-2a, us-west-2b]
""", "b", "c", left_out={"self-managed node group a": "what ami-1 reserves for the system"},
        said=("preBootstrapCommands",)),
    _of("05-all-fields.yaml", "every field, with a Linux 2 AMI and maxPodsPerNode", """
vpc: {id: vpc-1, cidr: 10.20.0.0/16, securityGroup: sg-1, subnets: {private: {us-west-2a:
  {id: subnet-1}}, public: {us-west-2a: {id: subnet-2}}}}
nodeGroups: [{name: a, instanceType: m5.xlarge, tags: {use: build}, volumeSize: 30, minSize: 5,
  desiredCapacity: 10, maxSize: 15, amiFamily: AmazonLinux2, maxPodsPerNode: 40}]
""", "a"),
    _of("06-csi-drivers.yaml", "policies for CSI drivers",
        "nodeGroups: [{name: a, instanceType: m5.large, iam: {withAddonPolicies: {ebs: true, "
        "fsx: true}}}]", "a"),
    _of("07-ssh-keys.yaml", "SSH keys", """
nodeGroups:
  - {name: a, instanceType: m5.large, desiredCapacity: 1, ssh: {publicKeyPath: ~/key.pub}}
  - {name: b, instanceType: m5.large, desiredCapacity: 1, ssh: {allow: true}}
  - {name: c, instanceType: m5.large, desiredCapacity: 1, ssh: {publicKeyName: key, allow: false}}
""", "a", "b", "c"),
    _of("08-custom-ami.yaml", "an own AMI with another root device",
        "nodeGroups: [{name: a, instanceType: m5.large, ami: ami-1, volumeSize: 100, volumeType: "
        "gp2, volumeName: /dev/sda1}]",
        left_out={"self-managed node group a": "what ami-1 reserves for the system"},
        error=_NOTHING),
    _of("08-spot-instances.yaml", "half spot, half on demand, with a highest price",
        "nodeGroups: [{name: a, minSize: 2, maxSize: 5, instancesDistribution: {maxPrice: 0.02, "
        "instanceTypes: [t3.small, t3.medium], onDemandBaseCapacity: 0, "
        "onDemandPercentageAboveBaseCapacity: 50, spotInstancePools: 2}}]", "a",
        said=("a part of its nodes is spot", "maxPrice",
              "planned as t3.small")),
    _of("09-nat-gateways.yaml", "NAT gateways",
        "vpc: {nat: {gateway: HighlyAvailable}}\nnodeGroups: [{name: a, instanceType: m5.xlarge, "
        "desiredCapacity: 2, privateNetworking: true}]", "a"),
    _of("10-encrypted-volumes.yaml", "encrypted root volumes",
        "nodeGroups: [{name: a, instanceType: m5.xlarge, desiredCapacity: 1, volumeSize: 100, "
        "volumeType: gp2, volumeEncrypted: true, volumeKmsKeyID: "
        "11111111-2222-3333-4444-555555555555}]", "a"),
    _of("11-cloudwatch-cluster-logging.yaml", "logs of the control plane",
        f"nodeGroups: {_ALONE}\ncloudWatch: {{clusterLogging: {{enableTypes: [audit]}}}}", "a"),
    _of("12-gitops-toolkit.yaml", "Flux",
        f"nodeGroups: {_ALONE}\ngitops: {{flux: {{gitProvider: github, flags: {{owner: me}}}}}}",
        "a"),
    _of("13-iamserviceaccounts.yaml", "IAM roles of service accounts", f"""
iam: {{withOIDC: true, serviceAccounts: [{{metadata: {{name: a, namespace: b}}, attachPolicyARNs:
  ['{_ROLE}']}}, {{metadata: {{name: c}}, wellKnownPolicies: {{awsLoadBalancerController:
  true}}}}]}}
nodeGroups: [{{name: a, desiredCapacity: 1, tags: {{k8s.io/cluster-autoscaler/enabled: 'true'}}}}]
""", "a"),
    _of("14-windows-nodes.yaml", "a Windows and a Linux group",
        "nodeGroups: [{name: a, amiFamily: WindowsServer2019FullContainer, minSize: 2, "
        "maxSize: 3}, "
        "{name: b, instanceType: t2.large, minSize: 2, maxSize: 3}]", "b",
        left_out={"self-managed node group a": "kubestow plans Linux nodes"}),
    _of("15-managed-nodes.yaml", "managed groups, with an AMI and a launch template", """
managedNodeGroups:
  - {name: a, instanceType: m5.large, minSize: 2, desiredCapacity: 3, maxSize: 4,
     availabilityZones: [us-west-2a, us-west-2b], volumeSize: 20, updateConfig: {maxUnavailable: 3},
     securityGroups: {attachIDs: [sg-1]}, ssh: {allow: true, sourceSecurityGroupIds: [sg-2]},
     labels: {role: worker}, taints: [{key: k, value: v, effect: NoSchedule}, {key: l, effect:
     NoExecute}], tags: {role: worker}, iam: {withAddonPolicies: {externalDNS: true}}}
  - {name: b, instanceType: m5.large, privateNetworking: true}
  - {name: c, ami: ami-1, overrideBootstrapCommand: '/etc/eks/bootstrap.sh demo'}
  - {name: d, launchTemplate: {id: lt-1, version: '3'}}
""", "a", "b", left_out={"managed node group c": "what ami-1 reserves for the system",
                         "managed node group d": "what its launch template says"}),
    _of("16-fargate-profile.yaml", "Fargate profiles beside a group", f"""
nodeGroups: {_ALONE}
fargateProfiles: [{{name: a, selectors: [{{namespace: one}}, {{namespace: two}}]}},
  {{name: b, selectors: [{{namespace: three, labels: {{env: x}}}}], tags: {{a: b}}}}]
""", "a", left_out={"fargateProfiles": "'compare' takes Fargate profiles"}),
    _of("17-permissions-boundary.yaml", "permissions boundaries",
        f"iam: {{serviceRolePermissionsBoundary: '{_ROLE}'}}\nnodeGroups: [{{name: a, "
        f"desiredCapacity: 1, iam: {{instanceRolePermissionsBoundary: '{_ROLE}'}}}}]", "a"),
    _of("18-node-to-pod-label-matching.yaml", "a label of one group",
        "nodeGroups: [{name: a, instanceType: m5.xlarge, desiredCapacity: 8}, {name: b, "
        "instanceType: c5.12xlarge, desiredCapacity: 8, labels: {class: compute}}]", "a", "b"),
    _of("18-override-nodes-name.yaml", "names of instances",
        "nodeGroups: [{name: a, instanceType: m5.large, desiredCapacity: 1, instancePrefix: x, "
        "instanceName: y}]", "a"),
    _of("19-kms-cluster.yaml", "encrypted secrets",
        "managedNodeGroups: [{name: a, desiredCapacity: 2}]\nsecretsEncryption: {keyARN: "
        "'arn:aws:kms:us-west-2:111122223333:key/1'}", "a"),
    _of("20-bottlerocket.yaml", "Bottlerocket with settings", """
nodeGroups:
  - {name: a, instanceType: m5.xlarge, desiredCapacity: 4, amiFamily: Bottlerocket, labels:
     {example.com/public: 'true'}, bottlerocket: {enableAdminContainer: true, settings: {motd: hi}}}
  - {name: b, instanceType: m5.xlarge, desiredCapacity: 4, amiFamily: Bottlerocket,
     ssh: {allow: true, publicKeyName: key}}
""", "a", "b"),
    _of("22-managed-nodes-launch-template.yaml", "launch templates and bootstrap commands", """
managedNodeGroups:
  - {name: a, launchTemplate: {id: lt-1, version: '2'}, labels: {role: worker}}
  - {name: b, instanceType: m5.xlarge, desiredCapacity: 2, ami: ami-1, ssh: {allow: true},
     overrideBootstrapCommand: '/etc/eks/bootstrap.sh demo'}
""", left_out={"managed node group a": "launchTemplate"}, error="no node group can be "
"planned with"),
    _of("23-kubeflow-spot-instance.yaml", "spot groups of GPUs, some of types no longer sold", f"""
availabilityZones: [us-east-1a, us-east-1c]
nodeGroups:
  - {{name: a, desiredCapacity: 2, minSize: 0, maxSize: 3, volumeSize: 100, volumeType: gp2,
     instanceType: m5a.2xlarge, availabilityZones: [us-east-1a], labels: {{class: worker}}}}
  - {{name: b, {_GPU_SPOT % 'p2.xlarge'}}}
  - {{name: c, {_GPU_SPOT % 'p3dn.24xlarge'}}}
""", "a", "b", "c", region="us-east-1",
        said=("p2.xlarge is no longer sold", "NVIDIA's device plugin",
              "maxPrice"),
        errors=("p2.xlarge is not sold in us-east-1",)),
    _of("24-nodegroup-subnets.yaml", "subnets by names of their own", """
vpc: {id: vpc-1, subnets: {public: {one: {id: subnet-1}, two: {id: subnet-2, az: us-west-2b}},
      private: {three: {cidr: 10.20.0.0/19}}}}
nodeGroups:
  - {name: a, instanceType: m5.xlarge, desiredCapacity: 2, subnets: [one, two]}
  - {name: b, instanceType: m5.xlarge, desiredCapacity: 2, privateNetworking: true,
     subnets: [three]}
""", "a", "b", said=("the zones of its subnets are not known",)),
    _of("25-addons.yaml", "add-ons with policies", f"""
iam: {{withOIDC: true}}
managedNodeGroups: [{{name: a}}]
addons: [{{name: vpc-cni, attachPolicyARNs: ['{_ROLE}']}}, {{name: coredns, version: latest}},
  {{name: kube-proxy, version: latest}}, {{name: aws-ebs-csi-driver, wellKnownPolicies:
  {{ebsCSIController: true}}}}]
""", "a", said=("the pods of add-ons aws-ebs-csi-driver (its controller) and coredns",)),
    _of("26-managed-nodegroup-spot-instances.yaml", "spot and on-demand lists of types", """
managedNodeGroups:
  - {name: a, instanceTypes: [c3.large, c4.large, c5.large, c5d.large], spot: true}
  - {name: b, spot: true}
  - {name: c, instanceTypes: [c3.large, c4.large, c5.large]}
""", "a", "b", "c", said=("EC2 chooses among", "planned as c3.large, the first of")),
    _of("27-oidc-provider.yaml", "an identity provider",
        f"nodeGroups: {_ALONE}\nidentityProviders: [{{name: a, issuerURL: 'https://example.com', "
        "clientID: b, type: oidc}]", "a"),
    _of("28-instance-selector.yaml", "types chosen by vCPUs and memory",
        "nodeGroups: [{name: a, instanceSelector: {vCPUs: 2, memory: '4'}}]\nmanagedNodeGroups: "
        "[{name: b, instanceSelector: {vCPUs: 2, memory: 2GiB, cpuArchitecture: x86_64}}]",
        left_out={"managed node group b": "eksctl chooses its instance types"},
        error=_NOTHING),
    _of("29-cluster-with-karpenter.yaml", "Karpenter installed beside a group", """
iam: {withOIDC: true}
karpenter: {version: '1.6.0', createServiceAccount: true}
managedNodeGroups: [{name: a, minSize: 1, maxSize: 2, desiredCapacity: 1}]
""", "a", said=("its NodePools are not in the file",)),
    _of("29-docker-daemon-registry-mirrors.yaml", "a field that eksctl has dropped",
        "nodeGroups: [{name: a, dockerRegistryMirrors: ['https://example.com']}, {name: b}]", "b",
        left_out={"self-managed node group a": "dockerRegistryMirrors is not a field"},
        unchecked="dockerRegistryMirrors: is not a field"),
    _of("30-vpc-with-ip-family.yaml", "IPv6", """
kubernetesNetworkConfig: {ipFamily: IPv6}
addons: [{name: vpc-cni, version: latest}, {name: coredns}, {name: kube-proxy}]
iam: {withOIDC: true}
managedNodeGroups: [{name: a}]
""", "a", said=("maximum pods are those of IPv4",)),
    _of("31-override-bootstrap-command-unmanaged-nodegroup.yaml", "an own bootstrap command",
        "nodeGroups: [{name: a, minSize: 1, maxSize: 2, desiredCapacity: 1, amiFamily: "
        "AmazonLinux2, overrideBootstrapCommand: '/etc/eks/bootstrap.sh demo'}, {name: b}]", "b",
        left_out={"self-managed node group a": "what it sets for kubelet is not read"}),
    _of("32-windows-nodes-with-containerd.yaml", "Windows nodes alone",
        "nodeGroups: [{name: a, amiFamily: WindowsServer2019FullContainer, minSize: 2, "
        "maxSize: 3, "
        "containerRuntime: containerd}]",
        left_out={"self-managed node group a": "kubestow plans Linux nodes"},
        error=_NOTHING),
    _of("33-local-zones.yaml", "a group in Local Zones beside one of the region",
        "localZones: [us-west-2-lax-1a]\nnodeGroups: [{name: a, localZones: [us-west-2-lax-1a]}, "
        "{name: b}]", "b", left_out={"self-managed node group a": "Local Zones"}),
    _of("34-taints.yaml", "taints as lists", """
nodeGroups:
  - {name: a, instanceType: m5.xlarge, minSize: 2, maxSize: 8, taints: [{key: example.com/db, value:
     'true', effect: NoSchedule}, {key: example.com/live, value: 'true', effect: NoExecute}]}
  - {name: b, instanceType: m5.xlarge, minSize: 2, maxSize: 8}
managedNodeGroups: [{name: c, taints: [{key: example.com/x, value: 'y', effect: PreferNoSchedule}]}]
""", "a", "b", "c"),
    _of("35-iamidentitymappings.yaml", "identity mappings", f"""
iamIdentityMappings: [{{arn: '{_ROLE}', groups: ['system:masters'], username: admin,
  noDuplicateARNs: true}}, {{serviceName: emr-containers, namespace: emr}}, {{account: '1'}}]
nodeGroups: {_ALONE}
""", "a"),
    _of("35-outposts.yaml", "a control plane on an Outpost",
        _OUTPOST % ", controlPlanePlacement: {groupName: a}",
        left_out={"self-managed node group a": "Outpost"}, error=_NOTHING),
    _of("36-outposts-vpc.yaml", "an Outpost's subnet",
        "vpc: {id: vpc-1, subnets: {private: {one: {id: subnet-1}}}}" + _OUTPOST % "",
        left_out={"self-managed node group a": "Outpost"}, error=_NOTHING),
    _of("37-outposts-fully-private.yaml", "a private cluster on an Outpost",
        "privateCluster: {enabled: true}" + _OUTPOST % "",
        left_out={"self-managed node group a": "Outpost"}, error=_NOTHING),
    _of("38-cluster-subnets-sgs.yaml", "subnets of the control plane",
        "vpc: {controlPlaneSubnetIDs: [subnet-1, subnet-2], controlPlaneSecurityGroupIDs: "
        "[sg-1], "
        "clusterEndpoints: {publicAccess: true, privateAccess: true}, publicAccessCIDRs: "
        "[192.0.2.0/24]}\nmanagedNodeGroups: [{name: a}]", "a"),
    _of("38-spot-ocean.yaml", "Spot Ocean's virtual node groups beside a group", """
spotOcean: {strategy: {fallbackToOnDemand: true}, autoScaler: {enabled: true, headrooms:
  {cpuPerUnit: 2, memoryPerUnit: 64, numOfUnits: 1}}, compute: {instanceTypes: {whitelist:
  [m5a.large, c5.large]}}}
nodeGroups:
  - {name: a, spotOcean: {}}
  - {name: b, spotOcean: {strategy: {spotPercentage: 70}, compute: {instanceTypes: [m5a.large]}}}
  - {name: c, instanceType: m5.large}
""", "c", left_out={"self-managed node group a": "Spot Ocean launches its nodes",
                    "self-managed node group b": "Spot Ocean launches its nodes"}),
    _of("39-pod-identity-association.yaml", "pod identities", f"""
managedNodeGroups: [{{name: a}}]
addons: [{{name: eks-pod-identity-agent, tags: {{a: b}}}}]
iam: {{podIdentityAssociations: [{{namespace: a, serviceAccountName: b, createServiceAccount: true,
  roleARN: '{_ROLE}'}}, {{namespace: c, serviceAccountName: d, permissionPolicy: {{Version:
  '2012-10-17', Statement: [{{Effect: Allow, Action: ['s3:GetObject'], Resource: '*'}}]}}}}]}}
""", "a"),
    _of("40-access-entries.yaml", "access entries", f"""
nodeGroups: [{{name: a, instanceType: m5d.large}}]
accessConfig: {{bootstrapClusterCreatorAdminPermissions: false, authenticationMode: API,
  accessEntries: [{{principalARN: '{_ROLE}', type: EC2_LINUX}}]}}
""", "a"),
    _of("41-zonal-shift.yaml", "zonal shift", "zonalShiftConfig: {enabled: true}",
        said=(_NO_GROUPS,)),
    _of("42-auto-mode.yaml", "EKS Auto Mode",
        "autoModeConfig: {enabled: true, nodePools: [general-purpose, system]}",
        "general-purpose", "system"),
    _of("43-hybrid-nodes.yaml", "hybrid nodes", """
accessConfig: {authenticationMode: API_AND_CONFIG_MAP}
vpc: {cidr: 10.20.0.0/23}
remoteNetworkConfig: {vpcGatewayID: tgw-1, iam: {provider: IRA, caBundleCert: x},
  remoteNodeNetworks: [{cidrs: [10.80.0.0/24]}]}
""", said=(_NO_GROUPS, "hybrid nodes are not planned with")),
    _of("44-node-repair.yaml", "node repair",
        "managedNodeGroups: [{name: a, nodeRepairConfig: {enabled: true}}]", "a"),
    _of("44-enhanced-node-repair.yaml", "node repair with thresholds, and GPUs", """
managedNodeGroups:
  - {name: a, instanceType: m5.large, desiredCapacity: 3, minSize: 1, maxSize: 5, nodeRepairConfig:
     {enabled: true, maxUnhealthyNodeThresholdPercentage: 20, maxParallelNodesRepairedCount: 1,
      nodeRepairConfigOverrides: [{nodeMonitoringCondition: NetworkNotReady, nodeUnhealthyReason:
      InterfaceNotUp, minRepairWaitTimeMins: 15, repairAction: Restart}]}}
  - {name: b, instanceType: g4dn.xlarge, desiredCapacity: 4, minSize: 2, maxSize: 8}
vpc: {cidr: 10.20.0.0/16, autoAllocateIPv6: false}
""", "a", "b", said=("NVIDIA's device plugin",)),
    _of("45-upgrade-policy-example.yaml", "the support of a version",
        "upgradePolicy: {supportType: EXTENDED}\nmanagedNodeGroups: [{name: a, "
        "desiredCapacity: 1}]",
        "a"),
    _of("46-control-plane-scaling-config.yaml", "the control plane's tier",
        "controlPlaneScalingConfig: {tier: tier-xl}", said=(_NO_GROUPS,)),
    _of("46-deletion-protection-example.yaml", "deletion protection",
        "deletionProtection: true\nmanagedNodeGroups: [{name: a, desiredCapacity: 1}]", "a"),
    _of("46-auto-mode-with-capabilities.yaml", "Auto Mode with capabilities", f"""
autoModeConfig: {{enabled: true}}
capabilities: [{{name: a, type: ACK, deletePropagationPolicy: RETAIN, attachPolicyARNs: ['{_ROLE}'],
  accessPolicies: [{{policyARN: '{_ROLE}', accessScope: {{type: cluster}}}}], tags: {{a: b}}}},
  {{name: b, type: KRO}}]
""", "general-purpose", "system"),
    _of("47-auto-mode-with-ack-kro-capabilities.yaml", "Auto Mode with ACK and KRO",
        "autoModeConfig: {enabled: true}\ncapabilities: [{name: a, type: ACK}, {name: b, "
        "type: KRO}]",
        "general-purpose", "system"),
    _of("48-auto-mode-with-argocd-capabilities.yaml", "Auto Mode with Argo CD",
        "autoModeConfig: {enabled: true}\ncapabilities: [{name: a, type: ARGOCD, configuration: "
        "{argocd: {namespace: b, awsIdc: {idcRegion: us-west-2}}}}]", "general-purpose",
        "system"),
    _of("49-control-plane-on-private-subnets.yaml", "a control plane on private subnets", """
availabilityZones: [us-west-2a, us-west-2b]
vpc: {controlPlaneOnPrivateSubnets: true, nat: {gateway: HighlyAvailable}}
managedNodeGroups: [{name: a, privateNetworking: true}]
""", "a"),
    _of("50-connection-tracking.yaml", "timeouts of connections", """
managedNodeGroups: [{name: a, instanceType: c8in.8xlarge, desiredCapacity: 2, connectionTracking:
  {tcpEstablishedTimeout: 432000}}]
nodeGroups: [{name: b, instanceType: m8i.4xlarge, desiredCapacity: 2, connectionTracking:
  {tcpEstablishedTimeout: 3600, udpStreamTimeout: 180, udpTimeout: 60}}]
""", "a", "b"),
    _of("eks-quickstart-app-dev.yaml", "policies for an app's add-ons",
        "nodeGroups: [{name: a, instanceType: m5.large, minSize: 1, maxSize: 2, iam: "
        "{withAddonPolicies: {albIngress: true, autoScaler: true, cloudWatch: true}}}]", "a"),
)  # fmt: skip
