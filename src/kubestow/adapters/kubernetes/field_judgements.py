"""What becomes of the published fields that no wire shape reads: irrelevant, or not modelled.

IRRELEVANT holds the fields that cannot change where pods may run or what nodes cost, by one reason
for each group. NOT_MODELLED holds those that may, each with what is planned instead: where one is
set, it is named to the user. tests/test_field_table.py fails for a published field that is neither
read nor in one of them; docs/reference/fields.md is the table.

Sources: the plugins of kube-scheduler 1.34 to 1.37 (pkg/scheduler/framework/plugins), its admission
plugins, karpenter-provider-aws v1.15 (pkg/providers/instancetype) and eksctl 0.215.
"""

from collections.abc import Mapping

_HEAD = "names the kind of an object"
_WRITTEN = "is written by the cluster"
_RUNTIME = "concerns a container that runs, not where"
_ROLLOUT = "concerns how pods are replaced or kept, not where they run"
_DISK = "concerns a volume's performance, content or deletion; its size and zone are read"
_ACCESS = "concerns access and identity"
_NETWORK = "concerns the network and names, not nodes"
_REFERENCE = "is found by its name"
_MOUNT = "kube-scheduler does not look into volumes of this type"
_METRIC = "only the number of replicas counts: current, min or max (--hpa)"
_COSTS = "does not decide placement; what it costs can be given with --costs"
_REMOVED = "concerns what becomes of an object, not its pods"

_CONTROLLER_STATUS = (
    "availableReplicas collisionCount conditions currentReplicas currentRevision "
    "fullyLabeledReplicas observedGeneration readyReplicas replicas terminatingReplicas "
    "unavailableReplicas updateRevision updatedReplicas"
)
_DAEMON_STATUS = (
    "collisionCount conditions currentNumberScheduled desiredNumberScheduled numberAvailable "
    "numberMisscheduled numberReady numberUnavailable observedGeneration updatedNumberScheduled"
)
_BUDGET_STATUS = (
    "conditions currentHealthy desiredHealthy disruptedPods expectedPods observedGeneration"
)
_SCALER_STATUS = (
    "conditions currentCPUUtilizationPercentage currentMetrics lastScaleTime observedGeneration"
)
_APPS = ("apps.v1", "apps.v1beta2", "apps.v1beta1", "extensions.v1beta1")
_SCALERS = ("autoscaling.v2", "autoscaling.v1", "autoscaling.v2beta1", "autoscaling.v2beta2")
_EC2_CLASSES = ("EC2NodeClass.v1", "EC2NodeClass.v1beta1")
_CLASSES = (*_EC2_CLASSES, "AWSNodeTemplate.v1alpha1")
_KUBELETS = (
    "EC2NodeClass.v1.spec.kubelet", "NodePool.v1beta1.spec.template.spec.kubelet",
    "Provisioner.v1alpha5.spec.kubeletConfiguration",
)  # fmt: skip
_GROUPS = ("eksctl.ManagedNodeGroup", "eksctl.NodeGroup")

IRRELEVANT: Mapping[str, Mapping[str, str]] = {
    _HEAD: {"*": "apiVersion kind"},
    _WRITTEN: {
        "meta.v1.ObjectMeta": "clusterName creationTimestamp generation managedFields "
        "resourceVersion selfLink",
        "core.v1.ResourceQuota": "status",
        "core.v1.Namespace": "status",
        "core.v1.Service": "status",
        "core.v1.PersistentVolumeStatus": "lastPhaseTransitionTime message reason",
        "core.v1.PersistentVolumeClaimStatus": "accessModes allocatedResourceStatuses "
        "allocatedResources capacity conditions currentVolumeAttributesClassName healthStatus "
        "modifyVolumeStatus",
        "storage.v1.CSINode": "status",
        "core.v1.NodeStatus": "addresses conditions config daemonEndpoints features nodeInfo phase "
        "runtimeHandlers volumesAttached volumesInUse",
        "core.v1.Taint": "timeAdded",
        "NodePool.v1.spec.template.spec.taints": "timeAdded",
        "NodePool.v1.spec.template.spec.startupTaints": "timeAdded",
        "NodePool.v1beta1.spec.template.spec.taints": "timeAdded",
        "NodePool.v1beta1.spec.template.spec.startupTaints": "timeAdded",
        "Provisioner.v1alpha5.spec.taints": "timeAdded",
        "batch.v1.JobStatus": "active completedIndexes conditions failed failedIndexes ready "
        "startTime terminating uncountedTerminatedPods",
        "core.v1.PodStatus": "ephemeralContainerStatuses extendedResourceClaimStatus hostIP "
        "hostIPs message nodeAllocatableResourceClaimStatuses nominatedNodeName "
        "observedGeneration podIP podIPs qosClass reason resize resourceClaimStatuses startTime "
        "volumeHealth",
        "core.v1.PodCondition": "lastProbeTime lastTransitionTime message observedGeneration",
        "core.v1.ContainerStatus": "allocatedResourcesStatus containerID image imageID lastState "
        "ready restartCount started state stopSignal user volumeMounts",
        "eksctl.ClusterConfig": "status",
        "eksctl.FargateProfile": "status",
        **{f"storage.{v}.VolumeAttachment": "status" for v in ("v1", "v1beta1")},
        **{f"{name}.Ingress": "status" for name in ("networking.v1", "extensions.v1beta1")},
        **{f"batch.{v}.CronJob": "status" for v in ("v1", "v1beta1")},
        **{f"{v}.{k}Status": _CONTROLLER_STATUS
           for v in _APPS for k in ("Deployment", "ReplicaSet", "StatefulSet")},
        "core.v1.ReplicationControllerStatus": _CONTROLLER_STATUS,
        **{f"{v}.DaemonSetStatus": _DAEMON_STATUS for v in _APPS},
        **{f"policy.{v}.PodDisruptionBudgetStatus": _BUDGET_STATUS for v in ("v1", "v1beta1")},
        **{f"{v}.HorizontalPodAutoscalerStatus": _SCALER_STATUS for v in _SCALERS},
        **dict.fromkeys(
            ("ScaledObject.v1alpha1", "NodeClass.v1", "NodePool.v1", "NodePool.v1beta1",
             "Provisioner.v1alpha5"), "status"),
    },
    _REMOVED: {
        "meta.v1.ObjectMeta": "deletionGracePeriodSeconds finalizers initializers",
        "meta.v1.OwnerReference": "blockOwnerDeletion",
        "core.v1.Namespace": "spec",
        "scheduling.v1.PriorityClass": "description",
        "scheduling.v1beta1.PriorityClass": "description",
        "core.v1.Toleration": "tolerationSeconds",
    },
    _REFERENCE: {
        "core.v1.ObjectReference": "fieldPath resourceVersion",
    },
    _METRIC: {
        "ScaledObject.v1alpha1.spec": "advanced cooldownPeriod fallback "
        "initialCooldownPeriod pollingInterval",
        "ScaledObject.v1alpha1.spec.scaleTargetRef": "envSourceContainerName",
        **{f"{v}.HorizontalPodAutoscalerSpec": "behavior metrics targetCPUUtilizationPercentage"
           for v in _SCALERS},
    },
    _DISK: {
        "core.v1.PersistentVolumeSpec": "mountOptions persistentVolumeReclaimPolicy",
        "core.v1.CSIPersistentVolumeSource": "controllerExpandSecretRef "
        "controllerPublishSecretRef fsType nodeExpandSecretRef nodePublishSecretRef "
        "nodeStageSecretRef readOnly volumeAttributes",
        "core.v1.AWSElasticBlockStoreVolumeSource": "fsType partition readOnly",
        "core.v1.GCEPersistentDiskVolumeSource": "fsType partition",
        "core.v1.PersistentVolumeClaimSpec": "dataSource dataSourceRef",
        "storage.v1.StorageClass": "allowVolumeExpansion mountOptions reclaimPolicy",
        "storage.v1beta1.StorageClass": "allowVolumeExpansion mountOptions reclaimPolicy",
        "core.v1.ISCSIVolumeSource": "chapAuthDiscovery chapAuthSession fsType initiatorName "
        "iscsiInterface lun portals secretRef targetPortal",
        "core.v1.RBDVolumeSource": "fsType keyring secretRef user",
        "core.v1.PersistentVolumeClaimVolumeSource": "readOnly",
        "core.v1.EphemeralVolumeSource": "readOnly",
        "core.v1.EmptyDirVolumeSource": "mode sizeLimit",
        **{f"{name}.spec.blockDeviceMappings.ebs": "deleteOnTermination iops kmsKeyID throughput "
           "volumeInitializationRate" for name in _CLASSES},
        "NodeClass.v1.spec.ephemeralStorage": "iops kmsKeyID throughput",
        **dict.fromkeys(_GROUPS, "ebsOptimized volumeIOPS volumeKmsKeyID volumeName "
                        "volumeThroughput"),
    },
    _MOUNT: {
        "core.v1.PersistentVolumeSpec": "azureFile cephfs fc flexVolume flocker glusterfs "
        "hostPath iscsi local nfs photonPersistentDisk quobyte rbd scaleIO storageos",
        "core.v1.Volume": "azureFile cephfs configMap csi downwardAPI fc flexVolume flocker "
        "gitRepo glusterfs image nfs photonPersistentDisk projected quobyte scaleIO secret "
        "storageos",
        "storage.v1.VolumeAttachmentSource": "inlineVolumeSpec",
        "storage.v1beta1.VolumeAttachmentSource": "inlineVolumeSpec",
        "storage.v1.CSINodeDriver": "nodeID topologyKeys",
        "storage.v1.CSIDriverSpec": "attachRequired fsGroupPolicy "
        "nodeAllocatableUpdatePeriodSeconds podInfoOnMount requiresRepublish seLinuxMount "
        "serviceAccountTokenInSecrets tokenRequests volumeLifecycleModes",
    },
    _ROLLOUT: {
        **{f"{v}.{k}Spec": "minReadySeconds paused persistentVolumeClaimRetentionPolicy "
           "podManagementPolicy progressDeadlineSeconds revisionHistoryLimit rollbackTo "
           "serviceName templateGeneration updateStrategy"
           for v in _APPS for k in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")},
        "core.v1.ReplicationControllerSpec": "minReadySeconds",
        **{f"batch.{v}.CronJobSpec": "failedJobsHistoryLimit schedule startingDeadlineSeconds "
           "successfulJobsHistoryLimit timeZone" for v in ("v1", "v1beta1")},
        **{f"batch.{v}.JobTemplateSpec": "metadata" for v in ("v1", "v1beta1")},
        "batch.v1.JobSpec": "activeDeadlineSeconds backoffLimit backoffLimitPerIndex "
        "completionMode manualSelector maxFailedIndexes podFailurePolicy podReplacementPolicy "
        "successPolicy ttlSecondsAfterFinished",
        "Provisioner.v1alpha5.spec": "annotations startupTaints",
        **dict.fromkeys(_GROUPS, "asgMetricsCollection asgSuspendProcesses maxInstanceLifetime "
                        "nodeRepairConfig propagateASGTags updateConfig"),
        "eksctl.NodeGroupInstancesDistribution": "capacityRebalance spotAllocationStrategy "
        "spotInstancePools",
    },
    _RUNTIME: {
        "node.v1.RuntimeClass": "handler",
        "core.v1.PodSpec": "activeDeadlineSeconds automountServiceAccountToken dnsConfig "
        "dnsPolicy enableServiceLinks ephemeralContainers evictionResponders hostAliases hostIPC "
        "hostPID hostUsers hostname hostnameOverride imagePullSecrets readinessGates "
        "restartPolicy securityContext serviceAccount serviceAccountName setHostnameAsFQDN "
        "shareProcessNamespace subdomain",
        "core.v1.Container": "env envFrom imagePullPolicy lifecycle livenessProbe readinessProbe "
        "resizePolicy restartPolicyRules startupProbe stdin stdinOnce terminationMessagePath "
        "terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
        "core.v1.ContainerPort": "name",
        "core.v1.SecurityContext": "allowPrivilegeEscalation appArmorProfile capabilities "
        "procMount readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seLinuxOptions "
        "seccompProfile windowsOptions",
        **dict.fromkeys(_KUBELETS, "clusterDNS containerRuntime cpuCFSQuota "
                        "evictionMaxPodGracePeriod evictionSoftGracePeriod "
                        "imageGCHighThresholdPercent imageGCLowThresholdPercent"),
        "eksctl.NodeGroup": "clusterDNS containerRuntime",
    },
    "is named through the pod's resourceClaims": {
        "core.v1.ResourceRequirements": "claims",
        "core.v1.PodResourceClaim": "resourceClaimName resourceClaimTemplateName source",
    },
    _NETWORK: {
        "core.v1.ServiceSpec": "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs "
        "externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies "
        "ipFamily ipFamilyPolicy loadBalancerIP loadBalancerSourceRanges ports "
        "publishNotReadyAddresses sessionAffinity sessionAffinityConfig topologyKeys "
        "trafficDistribution",
        "networking.v1.IngressSpec": "defaultBackend rules tls",
        "extensions.v1beta1.IngressSpec": "backend rules tls",
        "core.v1.NodeSpec": "configSource externalID podCIDR podCIDRs providerID",
        **{f"{name}.spec": "connectionTracking securityGroupSelectorTerms securityGroupSelector"
           for name in _CLASSES},
        **{f"{name}.spec.metadataOptions": "httpEndpoint httpProtocolIPv6" for name in _CLASSES},
        "NodeClass.v1.spec": "networkPolicy networkPolicyEventLogs podSecurityGroupSelectorTerms "
        "securityGroupSelectorTerms snatPolicy",
        "eksctl.ClusterVPC": "autoAllocateIPv6 cidr controlPlaneSecurityGroupIDs "
        "controlPlaneSubnetIDs extraCIDRs extraIPv6CIDRs hostnameType ipv6Cidr ipv6Pool "
        "manageSharedNodeSecurityGroupRules nat publicAccessCIDRs securityGroup "
        "sharedNodeSecurityGroup",
        "eksctl.AZSubnetSpec": "cidr",
        **dict.fromkeys(_GROUPS, "classicLoadBalancerNames securityGroups targetGroupARNs"),
        "eksctl.ClusterConfig": "zonalShiftConfig",
    },
    _ACCESS: {
        **{f"{name}.spec": "context instanceProfile role tags" for name in _CLASSES},
        **{f"{name}.spec.amiSelectorTerms": "owner" for name in _CLASSES},
        "eksctl.ClusterConfig": "accessConfig addonsConfig cloudWatch gitops iam "
        "iamIdentityMappings identityProviders secretsEncryption",
        "NodeClass.v1.spec": "advancedSecurity certificateBundles instanceProfile role tags",
        "eksctl.ClusterMeta": "annotations forceUpdateVersion tags",
        "eksctl.Addon": "attachPolicy attachPolicyARNs namespaceConfig owners "
        "permissionsBoundary podIdentityAssociations publishers resolveConflicts "
        "serviceAccountRoleARN tags types useDefaultPodIdentityAssociations version "
        "wellKnownPolicies",
        "eksctl.AutoModeConfig": "nodeRoleARN permissionsBoundaryARN",
        "eksctl.FargateProfile": "podExecutionRoleARN tags",
        **dict.fromkeys(_GROUPS, "iam instanceName instancePrefix ssh tags"),
    },
    _COSTS: {
        **{f"{name}.spec": "associatePublicIPAddress associatePublicIpAddress detailedMonitoring"
           for name in _CLASSES},
        **dict.fromkeys(_GROUPS, "cpuCredits enableDetailedMonitoring"),
    },
}  # fmt: skip
"""By reason, by type: fields. The type * stands for all types."""

_LIMITS = "its CSI driver's limit of volumes per node is not counted"
_GANG = "pods are planned one by one, not as a group"
_IMAGE = "the architecture and kubelet settings of the image are not known"
_SUBNETS = "the zones of the subnets are not known: every zone that the NodePool allows is planned"
_USER_DATA = "what it changes of the node's capacity is not read"
_SOFT = "nodes are planned with the hard eviction threshold alone"
_INTERFACES = "maximum pods are computed without it"
_TYPES = "instance types without it are not left out"
_AS_USUAL = "simulated nodes are disrupted as by default"

NOT_MODELLED: Mapping[str, str] = {
    "core.v1.LimitRangeItem.maxLimitRequestRatio": "pods above the ratio are not refused",
    "core.v1.PodSpec.schedulingGroup": _GANG,
    "core.v1.PodSpec.workloadRef": _GANG,
    "batch.v1.JobSpec.scheduling": _GANG,
    "batch.v1.JobSpec.managedBy": "pods are planned as the Job controller makes them",
    **{f"core.v1.PersistentVolumeSpec.{name}": _LIMITS
       for name in ("azureDisk", "cinder", "portworxVolume", "vsphereVolume")},
    **{f"core.v1.Volume.{name}": _LIMITS for name in ("portworxVolume", "vsphereVolume")},
    "core.v1.NodeSpec.podPreemptionPolicy": "pods on the node may be preempted as usual",
    "core.v1.NodeStatus.declaredFeatures": "pods that need a feature are planned on any node",
    "core.v1.PodStatus.allocatedResources": "a running pod counts by its containers' resources",
    "core.v1.PodStatus.resources": "a running pod counts by its containers' resources",
    "storage.v1.CSIDriverSpec.preventPodSchedulingIfMissing":
        "pods are planned on nodes that may lack the driver",
    **{f"{name}.spec.subnetSelectorTerms": _SUBNETS for name in _EC2_CLASSES},
    "AWSNodeTemplate.v1alpha1.spec.subnetSelector": _SUBNETS,
    **{f"{name}.spec.userData": _USER_DATA for name in _CLASSES},
    **{f"{name}.spec.amiSelectorTerms.{field}": _IMAGE
       for name in _EC2_CLASSES for field in ("id", "name", "tags")},
    "EC2NodeClass.v1.spec.amiSelectorTerms.ssmParameter": _IMAGE,
    "AWSNodeTemplate.v1alpha1.spec.amiSelector": _IMAGE,
    "AWSNodeTemplate.v1alpha1.spec.launchTemplate": _IMAGE,
    **{f"{name}.spec.blockDeviceMappings.ebs.snapshotID":
       "a disk without volumeSize is planned with its default size" for name in _CLASSES},
    "EC2NodeClass.v1.spec.capacityReservationSelectorTerms":
        "its reservations are not known: list them in a Costs file (--costs)",
    "EC2NodeClass.v1.spec.cpuOptions": _TYPES,
    "EC2NodeClass.v1.spec.enclaveOptions": _TYPES,
    "EC2NodeClass.v1.spec.ipPrefixCount": _INTERFACES,
    "EC2NodeClass.v1.spec.networkInterfaces": _INTERFACES,
    "EC2NodeClass.v1.spec.placementGroupSelector": "nodes are planned in any zone of the pool",
    "NodeClass.v1.spec.subnetSelectorTerms": _SUBNETS,
    "NodeClass.v1.spec.podSubnetSelectorTerms": _INTERFACES,
    "NodeClass.v1.spec.advancedNetworking": _INTERFACES,
    "NodeClass.v1.spec.capacityReservationSelectorTerms":
        "its reservations are not known: instances are planned at their list price",
    **{f"{name}.evictionSoft": _SOFT for name in _KUBELETS},
    "NodePool.v1beta1.spec.template.spec.resources": "Karpenter itself does not support it",
    "Provisioner.v1alpha5.spec.consolidation": _AS_USUAL,
    "Provisioner.v1alpha5.spec.ttlSecondsAfterEmpty": _AS_USUAL,
    "Provisioner.v1alpha5.spec.ttlSecondsUntilExpired": _AS_USUAL,
    "Provisioner.v1alpha5.spec.provider": "nodes are planned as of a default node class",
    "eksctl.ClusterConfig.kubernetesNetworkConfig": "maximum pods are those of IPv4",
    "eksctl.ClusterConfig.karpenter":
        "its NodePools are not in the file: pass them with --nodepool",
    "eksctl.ClusterConfig.remoteNetworkConfig": "hybrid nodes are not planned with",
    "eksctl.ClusterConfig.localZones": "nodes are planned in the zones of the region",
    **{f"{group}.{field}": reason for group in _GROUPS for field, reason in (
        ("efaEnabled", _TYPES),
        ("placement", "nodes are planned in any zone of the group"),
        ("preBootstrapCommands", _USER_DATA),
    )},
    "eksctl.ManagedNodeGroup.releaseVersion": _IMAGE,
    "eksctl.NodeGroup.enclaveEnabled": _TYPES,
    "eksctl.NodeGroupInstancesDistribution.maxPrice": "spot prices are not compared with it",
}  # fmt: skip
"""By type and field: what is planned instead."""
