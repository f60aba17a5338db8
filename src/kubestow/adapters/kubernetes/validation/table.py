"""The rules of single fields, by type: data, and nothing that compares two fields.

Source: Kubernetes 1.34 pkg/apis/{core,apps,batch,autoscaling,policy,scheduling,node,storage}/
validation, and the defaults that run before them (an empty word is the default where there is one).
"""

from collections.abc import Mapping

from kubestow.adapters.kubernetes.validation.formats import (
    CONFIG_KEY,
    COUNT_OR_PERCENT,
    DRIVER,
    ENVIRONMENT,
    HEADER,
    IP,
    KEY,
    LABEL,
    MANAGER,
    ONE_OR_MORE,
    PORT,
    PORT_NAME,
    PORT_OR_NAME,
    PORT_OR_NONE,
    QUANTITY_NOT_NEGATIVE,
    QUANTITY_POSITIVE,
    SEARCH,
    SUBDOMAIN,
    SYSCTL,
    VALUE,
    ZERO_OR_MORE,
    ValueRule,
    at_least,
    at_most,
    between,
    one_of,
    set_to_one_of,
)

_INT32_MAX = 2**31 - 1
_PROTOCOL = one_of("TCP", "UDP", "SCTP")
_EFFECT = set_to_one_of("NoSchedule", "PreferNoSchedule", "NoExecute")
_EFFECT_OR_ALL = one_of("NoSchedule", "PreferNoSchedule", "NoExecute")
_MODES = set_to_one_of("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_VOLUME_MODE = set_to_one_of("Block", "Filesystem")
_PREEMPTION = set_to_one_of("PreemptLowerPriority", "Never")
_INCLUSION = set_to_one_of("Honor", "Ignore")
_MODE_BITS = between(0, 0o777)
_OPTIONAL_SUBDOMAIN = ValueRule(
    lambda v: v == "" or SUBDOMAIN.test(v), SUBDOMAIN.message, SUBDOMAIN.hint
)
_PREFIX = ValueRule(
    lambda v: SUBDOMAIN.test(f"{v[:-2]}a" if v.endswith("-") else v),
    SUBDOMAIN.message, SUBDOMAIN.hint,
)  # fmt: skip
"""A name that may end in '-': the API server takes it for the beginning of one."""
_OPTIONAL_LABEL = ValueRule(lambda v: v == "" or LABEL.test(v), LABEL.message, LABEL.hint)
_OPTIONAL_ENVIRONMENT = ValueRule(
    lambda v: v == "" or ENVIRONMENT.test(v), ENVIRONMENT.message, ENVIRONMENT.hint
)
_TARGET_PORT = ValueRule(
    lambda v: v in (0, "") or PORT_OR_NAME.test(v), PORT_OR_NAME.message, PORT_OR_NAME.hint
)
_OPTIONAL_KEY = ValueRule(lambda v: v == "" or KEY.test(v), KEY.message, KEY.hint)
_NO_BACKSTEPS = ValueRule(
    lambda v: not v.startswith("/") and ".." not in v.split("/"),
    "must be a relative path without '..'", "use a path below the volume, such as data/logs",
)  # fmt: skip
_ABSOLUTE = ValueRule(
    lambda v: v.startswith("/"), "must be an absolute path", "begin the path with '/'"
)
_VISIBLE = ValueRule(
    lambda v: not v.startswith(("/", "..")) and ".." not in v.split("/"),
    "must be a relative path that does not start with '..'", "use a path such as conf/app.yaml",
)  # fmt: skip
_NO_DOTS = ValueRule(
    lambda v: ".." not in v.split("/"), "must not contain '..'", "write the path without '..'"
)
_NOT_PATH = ValueRule(
    lambda v: "/" not in v and "%" not in v and v not in (".", ".."),
    "may not contain '/' or '%'", "use a name",
)  # fmt: skip
_POSITIVE = ValueRule(lambda v: v > 0, "must be more than zero", "use 1 or more")
_IN_32_BITS = between(1, _INT32_MAX)
_ID = between(0, _INT32_MAX)
_RECLAIM = one_of("Delete", "Retain")

FIELDS: Mapping[str, Mapping[str, ValueRule]] = {
    # --- metadata and selectors
    "meta.v1.LabelSelectorRequirement": {"key": KEY, "values": VALUE},
    "core.v1.NodeSelectorRequirement": {"key": KEY},
    # --- pods
    "core.v1.PodSpec": {
        "restartPolicy": one_of("Always", "OnFailure", "Never"),
        "dnsPolicy": one_of("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
        "serviceAccountName": _OPTIONAL_SUBDOMAIN,
        "serviceAccount": _OPTIONAL_SUBDOMAIN,
        "nodeName": _OPTIONAL_SUBDOMAIN,
        "activeDeadlineSeconds": _IN_32_BITS,
        "priorityClassName": _OPTIONAL_SUBDOMAIN,
        "runtimeClassName": SUBDOMAIN,
        "preemptionPolicy": _PREEMPTION,
    },
    "core.v1.PodOS": {"name": set_to_one_of("linux", "windows")},
    "core.v1.PodSchedulingGate": {"name": KEY},
    "core.v1.PodReadinessGate": {"conditionType": KEY},
    "core.v1.HostAlias": {"ip": IP, "hostnames": SUBDOMAIN},
    "core.v1.PodResourceClaim": {"name": LABEL},
    "core.v1.PodSecurityContext": {
        "runAsUser": _ID, "runAsGroup": _ID, "fsGroup": _ID, "supplementalGroups": _ID,
        "fsGroupChangePolicy": set_to_one_of("OnRootMismatch", "Always"),
        "seLinuxChangePolicy": set_to_one_of("Recursive", "MountOption"),
        "supplementalGroupsPolicy": set_to_one_of("Merge", "Strict"),
    },
    "core.v1.Sysctl": {"name": SYSCTL},
    "core.v1.SeccompProfile": {
        "localhostProfile": _NO_BACKSTEPS,
        "type": set_to_one_of("RuntimeDefault", "Unconfined", "Localhost")},
    "core.v1.AppArmorProfile": {
        "type": set_to_one_of("RuntimeDefault", "Unconfined", "Localhost")},
    "core.v1.Toleration": {"key": _OPTIONAL_KEY, "operator": one_of("Exists", "Equal"),
                           "effect": _EFFECT_OR_ALL},
    "core.v1.TopologySpreadConstraint": {
        "maxSkew": _POSITIVE,
        "whenUnsatisfiable": set_to_one_of("DoNotSchedule", "ScheduleAnyway"),
        "minDomains": _POSITIVE,
        "nodeAffinityPolicy": _INCLUSION,
        "nodeTaintsPolicy": _INCLUSION,
        "matchLabelKeys": KEY,
    },
    "core.v1.PodAffinityTerm": {"topologyKey": KEY, "namespaces": LABEL, "matchLabelKeys": KEY,
                                "mismatchLabelKeys": KEY},
    "core.v1.WeightedPodAffinityTerm": {"weight": between(1, 100)},
    "core.v1.PreferredSchedulingTerm": {"weight": between(1, 100)},
    # --- containers
    "core.v1.Container": {
        "name": LABEL,
        "imagePullPolicy": one_of("Always", "IfNotPresent", "Never"),
        "terminationMessagePolicy": one_of("File", "FallbackToLogsOnError"),
    },
    "core.v1.ContainerPort": {"name": PORT_NAME, "containerPort": PORT, "hostPort": PORT_OR_NONE,
                              "protocol": _PROTOCOL},
    "core.v1.EnvVar": {"name": ENVIRONMENT},
    "core.v1.EnvFromSource": {"prefix": _OPTIONAL_ENVIRONMENT},
    "core.v1.ConfigMapEnvSource": {"name": _PREFIX},
    "core.v1.SecretEnvSource": {"name": _PREFIX},
    "core.v1.ConfigMapKeySelector": {"name": SUBDOMAIN, "key": CONFIG_KEY},
    "core.v1.SecretKeySelector": {"name": SUBDOMAIN, "key": CONFIG_KEY},
    "core.v1.ObjectFieldSelector": {"apiVersion": one_of("v1")},
    "core.v1.PodDNSConfig": {"nameservers": IP, "searches": SEARCH},
    "core.v1.HTTPHeader": {"name": HEADER},
    "core.v1.ContainerResizePolicy": {
        "resourceName": set_to_one_of("cpu", "memory"),
        "restartPolicy": set_to_one_of("NotRequired", "RestartContainer"),
    },
    "core.v1.VolumeMount": {
        "subPath": _NO_BACKSTEPS,
        "subPathExpr": _NO_BACKSTEPS,
        "mountPropagation": set_to_one_of("None", "HostToContainer", "Bidirectional"),
        "recursiveReadOnly": set_to_one_of("Disabled", "IfPossible", "Enabled"),
    },
    "core.v1.VolumeDevice": {"devicePath": _NO_DOTS},
    "core.v1.Probe": {
        "initialDelaySeconds": ZERO_OR_MORE, "timeoutSeconds": ZERO_OR_MORE,
        "periodSeconds": ZERO_OR_MORE, "successThreshold": ZERO_OR_MORE,
        "failureThreshold": ZERO_OR_MORE, "terminationGracePeriodSeconds": _POSITIVE,
    },
    "core.v1.HTTPGetAction": {"port": PORT_OR_NAME, "scheme": one_of("HTTP", "HTTPS")},
    "core.v1.TCPSocketAction": {"port": PORT_OR_NAME},
    "core.v1.GRPCAction": {"port": PORT},
    "core.v1.SecurityContext": {
        "runAsUser": _ID, "runAsGroup": _ID,
        "procMount": set_to_one_of("Default", "Unmasked"),
    },
    # --- volumes of pods
    "core.v1.Volume": {"name": LABEL},
    "core.v1.EmptyDirVolumeSource": {"sizeLimit": QUANTITY_NOT_NEGATIVE},
    "core.v1.HostPathVolumeSource": {
        "path": _NO_DOTS,
        "type": set_to_one_of("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File",
                              "Socket", "CharDevice", "BlockDevice"),
    },
    "core.v1.ConfigMapVolumeSource": {"defaultMode": _MODE_BITS},
    "core.v1.SecretVolumeSource": {"defaultMode": _MODE_BITS},
    "core.v1.DownwardAPIVolumeSource": {"defaultMode": _MODE_BITS},
    "core.v1.ProjectedVolumeSource": {"defaultMode": _MODE_BITS},
    "core.v1.KeyToPath": {"mode": _MODE_BITS, "path": _VISIBLE},
    "core.v1.DownwardAPIVolumeFile": {"mode": _MODE_BITS, "path": _VISIBLE},
    "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": between(600, 2**32)},
    "core.v1.NFSVolumeSource": {"path": _ABSOLUTE},
    "core.v1.AzureDiskVolumeSource": {
        "cachingMode": set_to_one_of("None", "ReadOnly", "ReadWrite"),
        "kind": set_to_one_of("Shared", "Dedicated", "Managed"),
    },
    "core.v1.ISCSIVolumeSource": {"lun": between(0, 255)},
    "core.v1.AWSElasticBlockStoreVolumeSource": {"partition": between(0, 255)},
    "core.v1.GCEPersistentDiskVolumeSource": {"partition": between(0, 255)},
    "core.v1.LocalVolumeSource": {"path": _NO_DOTS},
    "core.v1.ImageVolumeSource": {
        "pullPolicy": one_of("Always", "IfNotPresent", "Never")},
    # --- claims and volumes
    "core.v1.PersistentVolumeClaimSpec": {
        "accessModes": _MODES, "storageClassName": _OPTIONAL_SUBDOMAIN,
        "volumeMode": _VOLUME_MODE, "volumeAttributesClassName": _OPTIONAL_SUBDOMAIN,
    },
    "core.v1.PersistentVolumeSpec": {
        "accessModes": _MODES, "storageClassName": _OPTIONAL_SUBDOMAIN,
        "volumeMode": _VOLUME_MODE, "volumeAttributesClassName": SUBDOMAIN,
        "persistentVolumeReclaimPolicy": one_of("Delete", "Recycle", "Retain"),
    },
    "core.v1.CSIPersistentVolumeSource": {"driver": DRIVER},
    "core.v1.CSIVolumeSource": {"driver": DRIVER},
    "storage.v1.StorageClass": {
        "provisioner": KEY, "reclaimPolicy": _RECLAIM,
        "volumeBindingMode": set_to_one_of("Immediate", "WaitForFirstConsumer"),
    },
    "core.v1.TopologySelectorLabelRequirement": {"key": KEY},
    "storage.v1.CSINodeDriver": {"name": DRIVER, "nodeID": at_most(256), "topologyKeys": KEY},
    "storage.v1.VolumeNodeResources": {"count": ZERO_OR_MORE},
    "storage.v1.CSIDriverSpec": {
        "fsGroupPolicy": set_to_one_of("File", "None", "ReadWriteOnceWithFSType"),
        "volumeLifecycleModes": set_to_one_of("Ephemeral", "Persistent"),
        "nodeAllocatableUpdatePeriodSeconds": at_least(10),
    },
    "storage.v1.TokenRequest": {"expirationSeconds": between(600, 2**32)},
    "storage.v1.CSIStorageCapacity": {
        "storageClassName": SUBDOMAIN, "capacity": QUANTITY_NOT_NEGATIVE,
    },
    "storage.v1.VolumeAttachmentSpec": {"attacher": DRIVER, "nodeName": SUBDOMAIN},
    "storage.v1.VolumeAttachmentSource": {"persistentVolumeName": SUBDOMAIN},
    # --- workloads
    "apps.v1.DeploymentSpec": {
        "replicas": ZERO_OR_MORE, "minReadySeconds": ZERO_OR_MORE,
        "revisionHistoryLimit": ZERO_OR_MORE, "progressDeadlineSeconds": ZERO_OR_MORE,
    },
    "apps.v1.DeploymentStrategy": {"type": one_of("RollingUpdate", "Recreate")},
    "apps.v1.RollingUpdateDeployment": {
        "maxSurge": COUNT_OR_PERCENT, "maxUnavailable": COUNT_OR_PERCENT},
    "apps.v1.ReplicaSetSpec": {"replicas": ZERO_OR_MORE, "minReadySeconds": ZERO_OR_MORE},
    "core.v1.ReplicationControllerSpec": {
        "replicas": ZERO_OR_MORE, "minReadySeconds": ZERO_OR_MORE},
    "apps.v1.DaemonSetSpec": {
        "minReadySeconds": ZERO_OR_MORE, "revisionHistoryLimit": ZERO_OR_MORE},
    "apps.v1.DaemonSetUpdateStrategy": {"type": one_of("RollingUpdate", "OnDelete")},
    "apps.v1.StatefulSetSpec": {
        "replicas": ZERO_OR_MORE, "minReadySeconds": ZERO_OR_MORE,
        "podManagementPolicy": one_of("OrderedReady", "Parallel"),
        "serviceName": _OPTIONAL_LABEL,
    },
    "apps.v1.StatefulSetUpdateStrategy": {"type": one_of("RollingUpdate", "OnDelete")},
    "apps.v1.RollingUpdateStatefulSetStrategy": {"partition": ZERO_OR_MORE},
    "apps.v1.StatefulSetOrdinals": {"start": ZERO_OR_MORE},
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
        "whenDeleted": one_of("Retain", "Delete"), "whenScaled": one_of("Retain", "Delete")},
    "batch.v1.JobSpec": {
        "parallelism": ZERO_OR_MORE, "completions": ZERO_OR_MORE,
        "activeDeadlineSeconds": ZERO_OR_MORE, "backoffLimit": ZERO_OR_MORE,
        "ttlSecondsAfterFinished": ZERO_OR_MORE, "backoffLimitPerIndex": ZERO_OR_MORE,
        "maxFailedIndexes": ZERO_OR_MORE, "managedBy": MANAGER,
        "completionMode": set_to_one_of("NonIndexed", "Indexed"),
        "podReplacementPolicy": set_to_one_of("TerminatingOrFailed", "Failed"),
    },
    "batch.v1.PodFailurePolicyRule": {
        "action": set_to_one_of("Count", "FailIndex", "FailJob", "Ignore")},
    "batch.v1.CronJobSpec": {
        "startingDeadlineSeconds": ZERO_OR_MORE, "successfulJobsHistoryLimit": ZERO_OR_MORE,
        "failedJobsHistoryLimit": ZERO_OR_MORE,
        "concurrencyPolicy": one_of("Allow", "Forbid", "Replace"),
    },
    # --- policies and the rest
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {
        "minReplicas": ONE_OR_MORE, "maxReplicas": ONE_OR_MORE},
    "autoscaling.v1.HorizontalPodAutoscalerSpec": {
        "minReplicas": ONE_OR_MORE, "maxReplicas": ONE_OR_MORE,
        "targetCPUUtilizationPercentage": ONE_OR_MORE},
    "autoscaling.v2.CrossVersionObjectReference": {"kind": _NOT_PATH, "name": _NOT_PATH},
    "autoscaling.v1.CrossVersionObjectReference": {"kind": _NOT_PATH, "name": _NOT_PATH},
    "autoscaling.v2.MetricIdentifier": {"name": _NOT_PATH},
    "autoscaling.v2.MetricSpec": {
        "type": set_to_one_of("Object", "Pods", "Resource", "External", "ContainerResource")},
    "autoscaling.v2.MetricTarget": {
        "type": set_to_one_of("Utilization", "Value", "AverageValue"),
        "value": QUANTITY_POSITIVE, "averageValue": QUANTITY_POSITIVE,
        "averageUtilization": ONE_OR_MORE},
    "autoscaling.v2.HPAScalingRules": {
        "selectPolicy": set_to_one_of("Max", "Min", "Disabled"),
        "stabilizationWindowSeconds": between(0, 3600)},
    "autoscaling.v2.HPAScalingPolicy": {
        "type": set_to_one_of("Pods", "Percent"), "value": ONE_OR_MORE,
        "periodSeconds": between(1, 1800)},
    "policy.v1.PodDisruptionBudgetSpec": {
        "minAvailable": COUNT_OR_PERCENT, "maxUnavailable": COUNT_OR_PERCENT,
        "unhealthyPodEvictionPolicy": set_to_one_of("IfHealthyBudget", "AlwaysAllow")},
    "scheduling.v1.PriorityClass": {"preemptionPolicy": _PREEMPTION},
    "node.v1.RuntimeClass": {"handler": LABEL},
    "core.v1.Taint": {"key": KEY, "value": VALUE, "effect": _EFFECT},
    "core.v1.ServiceSpec": {
        "type": one_of("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        "sessionAffinity": one_of("None", "ClientIP"),
        "internalTrafficPolicy": set_to_one_of("Cluster", "Local"),
        "ipFamilyPolicy": set_to_one_of("SingleStack", "PreferDualStack", "RequireDualStack"),
        "ipFamilies": set_to_one_of("IPv4", "IPv6"),
        "externalTrafficPolicy": one_of("Cluster", "Local"),
        "trafficDistribution": set_to_one_of("PreferClose", "PreferSameZone", "PreferSameNode"),
        "loadBalancerClass": KEY,
        "externalIPs": IP,
    },
    "core.v1.ServicePort": {
        "name": _OPTIONAL_LABEL, "port": PORT, "protocol": _PROTOCOL, "targetPort": _TARGET_PORT,
        "appProtocol": KEY},
    "core.v1.ResourceQuotaSpec": {
        "scopes": set_to_one_of("Terminating", "NotTerminating", "BestEffort", "NotBestEffort",
                                "PriorityClass", "CrossNamespacePodAffinity")},
    "core.v1.ScopedResourceSelectorRequirement": {
        "scopeName": set_to_one_of("Terminating", "NotTerminating", "BestEffort", "NotBestEffort",
                                   "PriorityClass", "CrossNamespacePodAffinity"),
        "operator": set_to_one_of("In", "NotIn", "Exists", "DoesNotExist")},
    "core.v1.NamespaceSpec": {"finalizers": KEY},
}  # fmt: skip
"""The rule of a field; that of a list holds for each of its items."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "meta.v1.LabelSelectorRequirement": ("key", "operator"),
    "core.v1.NodeSelectorRequirement": ("key", "operator"),
    "core.v1.NodeSelector": ("nodeSelectorTerms",),
    "core.v1.PreferredSchedulingTerm": ("weight",),
    "core.v1.WeightedPodAffinityTerm": ("weight", "podAffinityTerm"),
    "core.v1.PodAffinityTerm": ("topologyKey",),
    "core.v1.TopologySpreadConstraint": ("maxSkew", "topologyKey", "whenUnsatisfiable"),
    "core.v1.Container": ("name", "image"),
    "core.v1.ContainerPort": ("containerPort",),
    "core.v1.EnvVar": ("name",),
    "core.v1.VolumeMount": ("name", "mountPath"),
    "core.v1.VolumeDevice": ("name", "devicePath"),
    "core.v1.ContainerResizePolicy": ("resourceName", "restartPolicy"),
    "core.v1.HTTPGetAction": ("port",),
    "core.v1.HTTPHeader": ("name",),
    "core.v1.HostAlias": ("ip",),
    "core.v1.ConfigMapProjection": ("name",),
    "core.v1.SecretProjection": ("name",),
    "core.v1.PersistentVolumeClaim": ("spec",),
    "core.v1.PersistentVolume": ("spec",),
    "core.v1.Service": ("spec",),
    "storage.v1.VolumeAttachment": ("spec",),
    "core.v1.TCPSocketAction": ("port",),
    "core.v1.GRPCAction": ("port",),
    "core.v1.ExecAction": ("command",),
    "core.v1.Volume": ("name",),
    "core.v1.KeyToPath": ("key", "path"),
    "core.v1.HostPathVolumeSource": ("path",),
    "core.v1.SecretVolumeSource": ("secretName",),
    "core.v1.ConfigMapVolumeSource": ("name",),
    "core.v1.PersistentVolumeClaimVolumeSource": ("claimName",),
    "core.v1.EphemeralVolumeSource": ("volumeClaimTemplate",),
    "core.v1.CSIVolumeSource": ("driver",),
    "core.v1.CSIPersistentVolumeSource": ("driver", "volumeHandle"),
    "core.v1.AWSElasticBlockStoreVolumeSource": ("volumeID",),
    "core.v1.GCEPersistentDiskVolumeSource": ("pdName",),
    "core.v1.NFSVolumeSource": ("server", "path"),
    "core.v1.ISCSIVolumeSource": ("targetPortal", "iqn"),
    "core.v1.RBDVolumeSource": ("monitors", "image"),
    "core.v1.CephFSVolumeSource": ("monitors",),
    "core.v1.CinderVolumeSource": ("volumeID",),
    "core.v1.VsphereVirtualDiskVolumeSource": ("volumePath",),
    "core.v1.PhotonPersistentDiskVolumeSource": ("pdID",),
    "core.v1.PortworxVolumeSource": ("volumeID",),
    "core.v1.GlusterfsVolumeSource": ("endpoints", "path"),
    "core.v1.AzureDiskVolumeSource": ("diskName", "diskURI"),
    "core.v1.AzureFileVolumeSource": ("secretName", "shareName"),
    "core.v1.FlexVolumeSource": ("driver",),
    "core.v1.FlexPersistentVolumeSource": ("driver",),
    "core.v1.GitRepoVolumeSource": ("repository",),
    "core.v1.QuobyteVolumeSource": ("registry", "volume"),
    "core.v1.ScaleIOVolumeSource": ("gateway", "system", "volumeName"),
    "core.v1.LocalVolumeSource": ("path",),
    "core.v1.ConfigMapKeySelector": ("name", "key"),
    "core.v1.SecretKeySelector": ("name", "key"),
    "core.v1.ConfigMapEnvSource": ("name",),
    "core.v1.SecretEnvSource": ("name",),
    "core.v1.ObjectFieldSelector": ("fieldPath",),
    "core.v1.ResourceFieldSelector": ("resource",),
    "core.v1.ServiceAccountTokenProjection": ("path",),
    "core.v1.DownwardAPIVolumeFile": ("path",),
    "core.v1.PodDNSConfigOption": ("name",),
    "core.v1.PodOS": ("name",),
    "core.v1.PodReadinessGate": ("conditionType",),
    "core.v1.PodSchedulingGate": ("name",),
    "core.v1.PodResourceClaim": ("name",),
    "core.v1.SeccompProfile": ("type",),
    "core.v1.AppArmorProfile": ("type",),
    "core.v1.Sysctl": ("name",),
    "core.v1.Taint": ("key", "effect"),
    "core.v1.PersistentVolumeClaimSpec": ("accessModes",),
    "core.v1.PersistentVolumeSpec": ("accessModes", "capacity"),
    "core.v1.VolumeNodeAffinity": ("required",),
    "core.v1.TopologySelectorLabelRequirement": ("key", "values"),
    "core.v1.TopologySelectorTerm": ("matchLabelExpressions",),
    "core.v1.LimitRangeItem": ("type",),
    "core.v1.ScopedResourceSelectorRequirement": ("scopeName", "operator"),
    "core.v1.ServicePort": ("port",),
    "storage.v1.StorageClass": ("provisioner",),
    "storage.v1.CSINodeDriver": ("name", "nodeID"),
    "storage.v1.CSIStorageCapacity": ("storageClassName",),
    "storage.v1.VolumeAttachmentSpec": ("attacher", "nodeName", "source"),
    "core.v1.TypedObjectReference": ("kind", "name"),
    "node.v1.RuntimeClass": ("handler",),
    "batch.v1.CronJobSpec": ("schedule",),
    "batch.v1.JobSpec": ("template",),
    "batch.v1.PodFailurePolicyRule": ("action",),
    "apps.v1.DeploymentSpec": ("selector", "template"),
    "apps.v1.ReplicaSetSpec": ("selector", "template"),
    "apps.v1.StatefulSetSpec": ("selector", "template"),
    "apps.v1.DaemonSetSpec": ("selector", "template"),
    "core.v1.ReplicationControllerSpec": ("template",),
    "core.v1.PodTemplateSpec": ("spec",),
    "core.v1.PodSpec": ("containers",),
    "autoscaling.v2.HorizontalPodAutoscalerSpec": ("maxReplicas", "scaleTargetRef"),
    "autoscaling.v1.HorizontalPodAutoscalerSpec": ("maxReplicas", "scaleTargetRef"),
    "autoscaling.v2.CrossVersionObjectReference": ("kind", "name"),
    "autoscaling.v1.CrossVersionObjectReference": ("kind", "name"),
    "autoscaling.v2.MetricSpec": ("type",),
    "autoscaling.v2.ExternalMetricSource": ("metric", "target"),
    "autoscaling.v2.ObjectMetricSource": ("metric", "target", "describedObject"),
    "autoscaling.v2.PodsMetricSource": ("metric", "target"),
    "autoscaling.v2.MetricTarget": ("type",),
    "autoscaling.v2.ResourceMetricSource": ("name", "target"),
    "autoscaling.v2.ContainerResourceMetricSource": ("name", "container", "target"),
    "autoscaling.v2.MetricIdentifier": ("name",),
    "autoscaling.v2.HPAScalingPolicy": ("type", "value", "periodSeconds"),
}
"""Fields that must be set, and not be empty."""

PV_SOURCES = frozenset({
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume",
    "flocker", "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs",
    "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos",
    "vsphereVolume",
})  # fmt: skip
_VOLUME_SOURCES = PV_SOURCES - {"local"} | {
    "configMap", "downwardAPI", "emptyDir", "ephemeral", "gitRepo", "image",
    "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
ONE_SOURCE: Mapping[str, tuple[frozenset[str], bool]] = {
    "core.v1.Volume": (_VOLUME_SOURCES, False),  # one without any is an emptyDir
    "core.v1.VolumeProjection": (
        frozenset({"clusterTrustBundle", "configMap", "downwardAPI", "podCertificate", "secret",
                   "serviceAccountToken"}), False),
    "core.v1.Probe": (frozenset({"exec", "httpGet", "tcpSocket", "grpc"}), True),
    "core.v1.LifecycleHandler": (frozenset({"exec", "httpGet", "tcpSocket", "sleep"}), True),
    "core.v1.EnvFromSource": (frozenset({"configMapRef", "secretRef"}), True),
    "core.v1.EnvVarSource": (
        frozenset({"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef",
                   "fileKeyRef"}), True),
    "core.v1.DownwardAPIVolumeFile": (frozenset({"fieldRef", "resourceFieldRef"}), True),
    "core.v1.PodResourceClaim": (
        frozenset({"resourceClaimName", "resourceClaimTemplateName"}), True),
    "batch.v1.PodFailurePolicyRule": (frozenset({"onExitCodes", "onPodConditions"}), True),
    "policy.v1.PodDisruptionBudgetSpec": (frozenset({"minAvailable", "maxUnavailable"}), False),
    "storage.v1.VolumeAttachmentSource": (
        frozenset({"persistentVolumeName", "inlineVolumeSpec"}), True),
}  # fmt: skip
"""Alternatives of which one is set, and whether one must be."""

UNIQUE: Mapping[str, tuple[str, ...]] = {
    "core.v1.PodSpec.resourceClaims": ("name",),
    "core.v1.PodSpec.schedulingGates": ("name",),
    "core.v1.PodSpec.topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "core.v1.Container.ports": ("name",),
    "core.v1.Container.volumeMounts": ("mountPath",),
    "core.v1.Container.volumeDevices": ("name",),
    "core.v1.Container.resizePolicy": ("resourceName",),
    "core.v1.NodeSpec.taints": ("key", "effect"),
    "core.v1.LimitRangeSpec.limits": ("type",),
    "node.v1.Scheduling.tolerations": ("key", "operator", "value", "effect", "tolerationSeconds"),
    "core.v1.TopologySelectorTerm.matchLabelExpressions": ("key",),
    "core.v1.TopologySelectorLabelRequirement.values": (),
    "storage.v1.StorageClass.allowedTopologies": ("matchLabelExpressions",),
    "storage.v1.CSINodeSpec.drivers": ("name",),
    "storage.v1.CSINodeDriver.topologyKeys": (),
    "storage.v1.CSIDriverSpec.tokenRequests": ("audience",),
}
"""What tells the items of a list apart; empty for texts, which are told apart themselves."""
