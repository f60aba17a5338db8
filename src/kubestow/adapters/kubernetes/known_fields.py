"""The fields of objects that affect placement, so that a misspelt one is reported.

The levels list every field of Kubernetes 1.34 (k8s.io/api core, apps, batch v1) and of Karpenter's
NodePool (v1 and v1beta1), and some of older and newer versions: a false alarm is worse than a miss.
Levels that do not affect placement are not checked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.model.suggestion import did_you_mean


@dataclass(frozen=True, slots=True)
class Level:
    """A mapping of fields: its name, its fields, and the levels nested (or listed) in them."""

    name: str
    fields: frozenset[str]
    levels: Mapping[str, "Level"] = field(default_factory=dict)


def _level(name: str, fields: str, **levels: Level) -> Level:
    return Level(name, frozenset(fields.split()) | frozenset(levels), levels)


_META = _level(
    "ObjectMeta",
    "annotations clusterName creationTimestamp deletionGracePeriodSeconds deletionTimestamp "
    "finalizers generateName generation initializers labels managedFields name namespace "
    "ownerReferences resourceVersion selfLink uid",
)
_EXPRESSION = _level("a selector's expression", "key operator values")
_SELECTOR = _level("LabelSelector", "matchLabels", matchExpressions=_EXPRESSION)
_NODE_TERM = _level("NodeSelectorTerm", "", matchExpressions=_EXPRESSION, matchFields=_EXPRESSION)
_POD_TERM = _level(
    "PodAffinityTerm",
    "matchLabelKeys mismatchLabelKeys namespaces topologyKey",
    labelSelector=_SELECTOR,
    namespaceSelector=_SELECTOR,
)
_POD_PREFERENCE = _level("WeightedPodAffinityTerm", "weight", podAffinityTerm=_POD_TERM)
_NODE_AFFINITY = _level(
    "NodeAffinity",
    "",
    requiredDuringSchedulingIgnoredDuringExecution=_level(
        "NodeSelector", "", nodeSelectorTerms=_NODE_TERM
    ),
    preferredDuringSchedulingIgnoredDuringExecution=_level(
        "PreferredSchedulingTerm", "weight", preference=_NODE_TERM
    ),
)


def _pod_affinity(name: str) -> Level:
    return _level(
        name,
        "",
        requiredDuringSchedulingIgnoredDuringExecution=_POD_TERM,
        preferredDuringSchedulingIgnoredDuringExecution=_POD_PREFERENCE,
    )


_AFFINITY = _level(
    "Affinity",
    "",
    nodeAffinity=_NODE_AFFINITY,
    podAffinity=_pod_affinity("PodAffinity"),
    podAntiAffinity=_pod_affinity("PodAntiAffinity"),
)
_TOLERATION = _level("Toleration", "effect key operator tolerationSeconds value")
_SPREAD = _level(
    "TopologySpreadConstraint",
    "matchLabelKeys maxSkew minDomains nodeAffinityPolicy nodeTaintsPolicy topologyKey "
    "whenUnsatisfiable",
    labelSelector=_SELECTOR,
)
_RESOURCES = _level(
    "ResourceRequirements", "limits requests", claims=_level("ResourceClaim", "name request")
)
_PORT = _level("ContainerPort", "containerPort hostIP hostPort name protocol")
_CONTAINER = _level(
    "Container",
    "args command env envFrom image imagePullPolicy lifecycle livenessProbe name readinessProbe "
    "resizePolicy restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce "
    "terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
    ports=_PORT,
    resources=_RESOURCES,
)
_CLAIM_SPEC = _level(
    "PersistentVolumeClaimSpec",
    "accessModes dataSource dataSourceRef resources selector storageClassName "
    "volumeAttributesClassName volumeMode volumeName",
)
_CLAIM_TEMPLATE = _level(
    "PersistentVolumeClaim", "apiVersion kind status", metadata=_META, spec=_CLAIM_SPEC
)
_VOLUME = _level(
    "Volume",
    "awsElasticBlockStore azureDisk azureFile cephfs cinder configMap csi downwardAPI emptyDir fc "
    "flexVolume flocker gcePersistentDisk gitRepo glusterfs hostPath image iscsi name nfs "
    "photonPersistentDisk portworxVolume projected quobyte rbd scaleIO secret storageos",
    ephemeral=_level("EphemeralVolumeSource", "readOnly", volumeClaimTemplate=_CLAIM_TEMPLATE),
    persistentVolumeClaim=_level("PersistentVolumeClaimVolumeSource", "claimName readOnly"),
)
_POD_SPEC = _level(
    "PodSpec",
    "activeDeadlineSeconds automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks "
    "ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname "
    "hostnameOverride imagePullSecrets nodeName nodeSelector os overhead preemptionPolicy priority "
    "priorityClassName readinessGates restartPolicy runtimeClassName schedulerName securityContext "
    "serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain "
    "terminationGracePeriodSeconds workloadRef",
    affinity=_AFFINITY,
    containers=_CONTAINER,
    initContainers=_CONTAINER,
    resourceClaims=_level(
        "PodResourceClaim", "name resourceClaimName resourceClaimTemplateName source"
    ),
    resources=_RESOURCES,
    schedulingGates=_level("PodSchedulingGate", "name"),
    tolerations=_TOLERATION,
    topologySpreadConstraints=_SPREAD,
    volumes=_VOLUME,
)
_TEMPLATE = _level("PodTemplateSpec", "apiVersion kind", metadata=_META, spec=_POD_SPEC)


def _object(kind: str, spec: Level) -> Level:
    return _level(kind, "apiVersion kind status", metadata=_META, spec=spec)


_JOB_SPEC = _level(
    "JobSpec",
    "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy "
    "manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy "
    "successPolicy suspend ttlSecondsAfterFinished",
    selector=_SELECTOR,
    template=_TEMPLATE,
)
_TAINT = _level("Taint", "effect key timeAdded value")
_KUBELET = _level(
    "KubeletConfiguration",
    "clusterDNS containerRuntime cpuCFSQuota evictionHard evictionMaxPodGracePeriod evictionSoft "
    "evictionSoftGracePeriod imageGCHighThresholdPercent imageGCLowThresholdPercent kubeReserved "
    "maxPods podsPerCore systemReserved",
)
_CLAIM_OF_POOL = _level(
    "a NodePool's template spec",
    "expireAfter resources terminationGracePeriod",
    kubelet=_KUBELET,
    nodeClassRef=_level("NodeClassReference", "apiVersion group kind name"),
    requirements=_level("a NodePool's requirement", "key minValues operator values"),
    startupTaints=_TAINT,
    taints=_TAINT,
)
_NODEPOOL_SPEC = _level(
    "NodePoolSpec",
    "limits replicas weight",
    disruption=_level(
        "a NodePool's disruption",
        "consolidateAfter consolidationPolicy expireAfter",
        budgets=_level("a NodePool's budget", "duration nodes reasons schedule"),
    ),
    template=_level("a NodePool's template", "", metadata=_META, spec=_CLAIM_OF_POOL),
)
_OBJECTS = {
    "Deployment": _level(
        "DeploymentSpec",
        "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit rollbackTo "
        "strategy",
        selector=_SELECTOR,
        template=_TEMPLATE,
    ),
    "ReplicaSet": _level(
        "ReplicaSetSpec", "minReadySeconds replicas", selector=_SELECTOR, template=_TEMPLATE
    ),
    "ReplicationController": _level(
        "ReplicationControllerSpec", "minReadySeconds replicas selector", template=_TEMPLATE
    ),
    "StatefulSet": _level(
        "StatefulSetSpec",
        "minReadySeconds persistentVolumeClaimRetentionPolicy podManagementPolicy replicas "
        "revisionHistoryLimit serviceName updateStrategy",
        ordinals=_level("StatefulSetOrdinals", "start"),
        selector=_SELECTOR,
        template=_TEMPLATE,
        volumeClaimTemplates=_CLAIM_TEMPLATE,
    ),
    "DaemonSet": _level(
        "DaemonSetSpec",
        "minReadySeconds revisionHistoryLimit templateGeneration updateStrategy",
        selector=_SELECTOR,
        template=_TEMPLATE,
    ),
    "Job": _JOB_SPEC,
    "CronJob": _level(
        "CronJobSpec",
        "concurrencyPolicy failedJobsHistoryLimit schedule startingDeadlineSeconds "
        "successfulJobsHistoryLimit suspend timeZone",
        jobTemplate=_level("JobTemplateSpec", "", metadata=_META, spec=_JOB_SPEC),
    ),
    "Pod": _POD_SPEC,
    "NodePool": _NODEPOOL_SPEC,
    "PodDisruptionBudget": _level(
        "PodDisruptionBudgetSpec",
        "maxUnavailable minAvailable unhealthyPodEvictionPolicy",
        selector=_SELECTOR,
    ),
}
LEVELS = {kind: _object(kind, spec) for kind, spec in _OBJECTS.items()}
"""The whole object of every kind that is checked."""


def unknown_fields(document: Document) -> list[FieldError]:
    """Return an error for every field of the object that its level does not have."""
    level = LEVELS.get(document.kind)
    if level is None:
        return []
    try:
        value = msgspec.json.decode(document.json)
    except (msgspec.DecodeError, RecursionError):
        return []  # reported by whoever decodes the object
    return list(_walk(value, level, ""))


def _walk(value: Any, level: Level, path: str) -> Iterator[FieldError]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield from _walk(item, level, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    for name, nested in value.items():
        field_path = f"{path}.{name}" if path else name
        if name not in level.fields:
            yield FieldError(
                field_path,
                f"is not a field of {level.name}",
                did_you_mean(name, sorted(level.fields)) or "check the name with 'kubectl explain'",
            )
        elif name in level.levels:
            yield from _walk(nested, level.levels[name], field_path)
