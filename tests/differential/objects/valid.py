"""Valid objects of every built-in kind that is read, as people write them.

Law: every object is valid by itself, whatever the seed says.
"""

from collections.abc import Callable

from ..generator.dice import Dice
from ..model import Object

_APPS = {"app": "web"}
_SECOND = "2Gi"


def _meta(dice: Dice, name: str = "web", *, namespaced: bool = True) -> Object:
    meta: Object = {"name": name}
    if namespaced and dice.chance(0.5):
        meta["namespace"] = "shop"
    if dice.chance(0.6):
        meta["labels"] = {"app": "web", "app.kubernetes.io/part-of": "shop", "empty": ""}
    if dice.chance(0.4):
        meta["annotations"] = {"example.com/Note": "anything at all: {}", "plain": ""}
    return meta


def _object(dice: Dice, kind: str, version: str, spec: Object, **more: object) -> Object:
    meta = _meta(dice, namespaced=kind not in _CLUSTER)
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec, **more}


def _selector(dice: Dice) -> Object:
    options: list[Object] = [
        {"matchLabels": dict(_APPS)},
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]},
        {"matchLabels": dict(_APPS),
         "matchExpressions": [{"key": "app", "operator": "Exists"},
                              {"key": "gone", "operator": "DoesNotExist"}]},
    ]  # fmt: skip
    return dice.choice(options)


def _resources(dice: Dice) -> Object:
    options: list[Object] = [
        {},
        {"requests": {"cpu": "500m", "memory": "1Gi"}},
        {"requests": {"cpu": 1, "memory": "128Mi"}, "limits": {"cpu": "2", "memory": "1G"}},
        {"requests": {"cpu": 0.25, "ephemeral-storage": "1e3"}},
        {"limits": {"memory": "1.5Gi", "nvidia.com/gpu": 1}},
        {"requests": {"cpu": "1", "hugepages-2Mi": "4Mi"}, "limits": {"hugepages-2Mi": "4Mi"}},
    ]
    return dice.choice(options)


def _probe(dice: Dice) -> Object:
    actions: list[Object] = [
        {"httpGet": {"path": "/ready", "port": "http", "scheme": "HTTP",
                     "httpHeaders": [{"name": "X-Probe", "value": "1"}]}},
        {"httpGet": {"port": 8080}},
        {"tcpSocket": {"port": 8080}},
        {"exec": {"command": ["cat", "/tmp/healthy"]}},
        {"grpc": {"port": 9090, "service": "ready"}},
    ]  # fmt: skip
    timing = {"initialDelaySeconds": 5, "periodSeconds": 10, "failureThreshold": 3,
              "timeoutSeconds": 1, "successThreshold": 1}  # fmt: skip
    return {**dice.choice(actions), **dict(dice.some(list(timing.items()), most=5))}


def _container(dice: Dice, name: str, *, ports: bool = True) -> Object:
    item: Object = {"name": name, "image": "registry.example.com/shop/web:1.2"}
    extra: list[Object] = [
        {"resources": _resources(dice)},
        {"env": [{"name": "LEVEL", "value": "debug"}, {"name": "EMPTY"},
                 {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                 {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}]},
        {"envFrom": [{"configMapRef": {"name": "settings"}, "prefix": "A_"},
                     {"secretRef": {"name": "keys", "optional": True}}]},
        {"command": ["sh", "-c"], "args": ["sleep 1"], "workingDir": "/app"},
        {"imagePullPolicy": dice.choice(["Always", "IfNotPresent", "Never"])},
        {"volumeMounts": [{"name": "data", "mountPath": "/data", "subPath": "a/b"},
                          {"name": "scratch", "mountPath": "/tmp", "readOnly": True}]},
        {"securityContext": {"runAsUser": 1000, "runAsNonRoot": True,
                             "allowPrivilegeEscalation": False,
                             "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                             "seccompProfile": {"type": "RuntimeDefault"}}},
        {"terminationMessagePolicy": "FallbackToLogsOnError", "tty": True, "stdin": True},
        {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]},
    ]  # fmt: skip
    if ports:
        extra += [
            {"ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"},
                       {"containerPort": 9090, "hostPort": 9090, "hostIP": "127.0.0.1"}]},
            {"livenessProbe": _probe(dice), "readinessProbe": _probe(dice)},
            {"startupProbe": _probe(dice)},
            {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}}},
        ]  # fmt: skip
    for part in dice.some(extra, most=5):
        item |= part
    return item


def _node_term(dice: Dice) -> Object:
    expressions: list[Object] = [
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]},
        {"key": "node.kubernetes.io/instance-type", "operator": "NotIn", "values": ["t3.nano"]},
        {"key": "example.com/disk", "operator": "Exists"},
        {"key": "example.com/size", "operator": "Gt", "values": ["3"]},
    ]
    term: Object = {"matchExpressions": dice.some(expressions, least=1, most=3)}
    if dice.chance(0.2):
        term["matchFields"] = [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]
    return term


def _affinity(dice: Dice) -> Object:
    term: Object = {"topologyKey": "topology.kubernetes.io/zone", "labelSelector": _selector(dice)}
    if dice.chance(0.4):
        term |= {"namespaces": ["shop"], "namespaceSelector": {}}
    if dice.chance(0.3):
        term["matchLabelKeys"] = ["pod-template-hash"]
    preferred = [{"weight": 50, "podAffinityTerm": term}]
    required, soft = (f"{word}DuringSchedulingIgnoredDuringExecution"
                      for word in ("required", "preferred"))  # fmt: skip
    parts: list[Object] = [
        {"nodeAffinity": {required: {"nodeSelectorTerms": [_node_term(dice)]},
                          soft: [{"weight": 1, "preference": _node_term(dice)}]}},
        {"podAntiAffinity": {required: [term]}},
        {"podAffinity": {soft: preferred}},
    ]  # fmt: skip
    found: Object = {}
    for part in dice.some(parts, least=1, most=3):
        found |= part
    return found


def _volumes(dice: Dice) -> list[Object]:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    data: list[Object] = [
        {"persistentVolumeClaim": {"claimName": "data", "readOnly": False}},
        {"ephemeral": {"volumeClaimTemplate": {"spec": claim}}},
        {"configMap": {"name": "settings", "defaultMode": 420,
                       "items": [{"key": "a", "path": "b/c", "mode": 256}]}},
        {"secret": {"secretName": "keys", "optional": True}},
        {"hostPath": {"path": "/var/log", "type": "Directory"}},
        {"nfs": {"server": "nfs.example.com", "path": "/exports"}},
        {"csi": {"driver": "secrets.csi.example.com", "readOnly": True}},
        {"awsElasticBlockStore": {"volumeID": "vol-1", "fsType": "ext4"}},
        {"vsphereVolume": {"volumePath": "[ds] disk.vmdk"}},
        {"projected": {"sources": [{"configMap": {"name": "a"}}, {"secret": {"name": "b"}}]}},
        {"downwardAPI": {"items": [{"path": "labels",
                                    "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
    ]  # fmt: skip
    return [{"name": "data", **dice.choice(data)}, {"name": "scratch", "emptyDir": {}}]


def pod_spec(dice: Dice, restart: str = "") -> Object:
    """Return a pod's spec; all its containers may mount its two volumes."""
    spec: Object = {
        "containers": [_container(dice, "web")], "volumes": _volumes(dice),
    }  # fmt: skip
    if dice.chance(0.3):
        spec["containers"].append(_container(dice, "helper", ports=False))
    if dice.chance(0.3):
        spec["initContainers"] = [_container(dice, "prepare", ports=False)]
        if dice.chance(0.4):
            spec["initContainers"][0]["restartPolicy"] = "Always"
    if restart:
        spec["restartPolicy"] = restart
    spread = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
              "whenUnsatisfiable": "DoNotSchedule", "labelSelector": _selector(dice),
              "minDomains": 2, "nodeAffinityPolicy": "Honor",
              "nodeTaintsPolicy": "Ignore"}  # fmt: skip
    extra: list[Object] = [
        {"nodeSelector": {"kubernetes.io/arch": "arm64"}},
        {"affinity": _affinity(dice)},
        {"tolerations": [{"operator": "Exists"},
                         {"key": "a", "value": "b", "effect": "NoSchedule"},
                         {"key": "a", "operator": "Exists", "effect": "NoExecute",
                          "tolerationSeconds": 30}]},
        {"topologySpreadConstraints": [spread]},
        {"terminationGracePeriodSeconds": 0, "dnsPolicy": "ClusterFirst"},
        {"serviceAccountName": "web", "automountServiceAccountToken": False},
        {"priorityClassName": "system-cluster-critical"},
        {"schedulerName": "default-scheduler", "enableServiceLinks": False},
        {"securityContext": {"fsGroup": 1000, "supplementalGroups": [1, 2],
                             "seccompProfile": {"type": "RuntimeDefault"}}},
        {"imagePullSecrets": [{"name": "registry"}], "hostname": "web", "subdomain": "shop"},
        {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db.example.com"]}]},
        {"dnsConfig": {"nameservers": ["10.0.0.10"], "searches": ["shop.svc"],
                       "options": [{"name": "ndots", "value": "2"}]}},
        {"preemptionPolicy": "PreemptLowerPriority", "shareProcessNamespace": True},
        {"os": {"name": "linux"}, "readinessGates": [{"conditionType": "example.com/ready"}]},
        {"schedulingGates": [{"name": "example.com/wait"}]},
        {"resources": {"limits": {"cpu": "8", "memory": "32Gi"}}},
    ]  # fmt: skip
    for part in dice.some(extra, most=5):
        spec |= part
    return spec


def _template(dice: Dice, restart: str = "") -> Object:
    return {"metadata": {"labels": {"app": "web", "tier": "front"}},
            "spec": pod_spec(dice, restart)}  # fmt: skip


def _some(dice: Dice, fields: Object) -> Object:
    return dict(dice.some(list(fields.items()), most=len(fields)))


def _pod(dice: Dice) -> Object:
    return _object(dice, "Pod", "v1", pod_spec(dice, dice.choice(["", "Never", "OnFailure"])))


def _deployment(dice: Dice) -> Object:
    rolling = {"maxSurge": dice.choice([1, "25%"]), "maxUnavailable": dice.choice([0, "50%"])}
    more = _some(dice, {
        "replicas": dice.choice([0, 1, 3]), "minReadySeconds": 5, "revisionHistoryLimit": 2,
        "paused": False, "progressDeadlineSeconds": 60,
        "strategy": dice.choice([{"type": "Recreate"},
                                 {"type": "RollingUpdate", "rollingUpdate": rolling}]),
    })  # fmt: skip
    spec = {"selector": _selector(dice), "template": _template(dice), **more}
    return _object(dice, "Deployment", "apps/v1", spec)


def _replicaset(dice: Dice) -> Object:
    more = _some(dice, {"replicas": 2, "minReadySeconds": 0})
    spec = {"selector": _selector(dice), "template": _template(dice), **more}
    return _object(dice, "ReplicaSet", "apps/v1", spec)


def _controller(dice: Dice) -> Object:
    spec = {"template": _template(dice), **_some(dice, {"replicas": 2, "selector": dict(_APPS)})}
    return _object(dice, "ReplicationController", "v1", spec)


def _statefulset(dice: Dice) -> Object:
    claim = {"metadata": {"name": "data"}, "spec": _claim_spec(dice)}
    more = _some(dice, {
        "replicas": 3, "serviceName": "web", "podManagementPolicy": "Parallel",
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
        "volumeClaimTemplates": [claim], "ordinals": {"start": 1}, "minReadySeconds": 1,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"},
        "revisionHistoryLimit": 3,
    })  # fmt: skip
    spec = {"selector": _selector(dice), "template": _template(dice), **more}
    return _object(dice, "StatefulSet", "apps/v1", spec)


def _daemonset(dice: Dice) -> Object:
    more = _some(dice, {
        "minReadySeconds": 1, "revisionHistoryLimit": 1,
        "updateStrategy": dice.choice([{"type": "OnDelete"}, {
            "type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}}]),
    })  # fmt: skip
    spec = {"selector": _selector(dice), "template": _template(dice), **more}
    return _object(dice, "DaemonSet", "apps/v1", spec)


def _job_spec(dice: Dice) -> Object:
    more = _some(dice, {
        "parallelism": 2, "completions": 4, "backoffLimit": 1, "activeDeadlineSeconds": 100,
        "ttlSecondsAfterFinished": 0, "suspend": dice.chance(0.5), "completionMode": "NonIndexed",
        "podReplacementPolicy": "Failed",
    })  # fmt: skip
    return {"template": _template(dice, dice.choice(["Never", "OnFailure"])), **more}


def _job(dice: Dice) -> Object:
    return _object(dice, "Job", "batch/v1", _job_spec(dice))


def _cron_job(dice: Dice) -> Object:
    more = _some(dice, {
        "concurrencyPolicy": "Forbid", "suspend": False, "startingDeadlineSeconds": 10,
        "successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 0, "timeZone": "Asia/Seoul",
    })  # fmt: skip
    schedule = dice.choice(
        ["0 9 * * mon-fri", "*/5 * * * *", "@hourly", "0 0 1 jan ?", "@every 5m"]
    )
    spec = {"schedule": schedule, "jobTemplate": {"spec": _job_spec(dice)}, **more}
    return _object(dice, "CronJob", "batch/v1", spec)


def _namespace(dice: Dice) -> Object:
    meta = _meta(dice, "team", namespaced=False)
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}


def _limit_range(dice: Dice) -> Object:
    limits: list[Object] = [
        {"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "100m"},
         "min": {"cpu": "50m"}, "max": {"cpu": "2", "memory": "4Gi"},
         "maxLimitRequestRatio": {"cpu": 10}},
        {"type": "Pod", "max": {"cpu": "8"}},
        {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}},
    ]  # fmt: skip
    return _object(dice, "LimitRange", "v1", {"limits": dice.some(limits, least=1, most=3)})


def _quota(dice: Dice) -> Object:
    specs: list[Object] = [
        {"hard": {"cpu": "10", "requests.memory": "20Gi", "pods": 10, "count/jobs.batch": "5"}},
        {"hard": {"limits.cpu": "4", "requests.nvidia.com/gpu": 2, "persistentvolumeclaims": "3",
                  "gold.storageclass.storage.k8s.io/requests.storage": "1Ti"}},
        {"hard": {"pods": "4"}, "scopes": ["BestEffort"]},
        {"hard": {"pods": "4"}, "scopeSelector": {"matchExpressions": [
            {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}},
    ]  # fmt: skip
    return _object(dice, "ResourceQuota", "v1", dice.choice(specs))


def _priority_class(dice: Dice) -> Object:
    more = _some(dice, {"globalDefault": False, "description": "urgent",
                        "preemptionPolicy": "Never"})  # fmt: skip
    return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": _meta(dice, "high", namespaced=False), "value": 1000, **more}  # fmt: skip


def _runtime_class(dice: Dice) -> Object:
    more = _some(dice, {
        "overhead": {"podFixed": {"cpu": "250m", "memory": "120Mi"}},
        "scheduling": {"nodeSelector": {"sandbox": "yes"},
                       "tolerations": [{"key": "sandbox", "operator": "Exists"}]},
    })  # fmt: skip
    return {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass",
            "metadata": _meta(dice, "gvisor", namespaced=False), "handler": "runsc",
            **more}  # fmt: skip


def _autoscaler(dice: Dice) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {
        "type": "Utilization", "averageUtilization": 60}}}  # fmt: skip
    queue = {"type": "External", "external": {
        "metric": {"name": "queue", "selector": {"matchLabels": {"queue": "a"}}},
        "target": {"type": "AverageValue", "averageValue": "30"}}}  # fmt: skip
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60, "policies": [
        {"type": "Pods", "value": 1, "periodSeconds": 60}]}}  # fmt: skip
    more = _some(dice, {"minReplicas": 2, "metrics": dice.some([cpu, queue], least=1),
                        "behavior": behavior})  # fmt: skip
    if dice.chance(0.3):
        more = _some(dice, {"minReplicas": 2, "targetCPUUtilizationPercentage": 70})
        spec = {"scaleTargetRef": target, "maxReplicas": 5, **more}
        return _object(dice, "HorizontalPodAutoscaler", "autoscaling/v1", spec)
    spec = {"scaleTargetRef": target, "maxReplicas": 5, **more}
    return _object(dice, "HorizontalPodAutoscaler", "autoscaling/v2", spec)


def _budget(dice: Dice) -> Object:
    spec = {"selector": _selector(dice),
            **dice.choice([{"minAvailable": 1}, {"maxUnavailable": "30%"}, {}]),
            **_some(dice, {"unhealthyPodEvictionPolicy": "AlwaysAllow"})}  # fmt: skip
    return _object(dice, "PodDisruptionBudget", "policy/v1", spec)


def _service(dice: Dice) -> Object:
    ports = [{"name": "http", "port": 80, "targetPort": dice.choice([8080, "http"])},
             {"name": "metrics", "port": 9090, "protocol": "UDP"}]  # fmt: skip
    spec = {"ports": ports, **_some(dice, {"selector": dict(_APPS), "sessionAffinity": "None"}),
            **dice.choice([{}, {"type": "NodePort"}, {"clusterIP": "None"},
                           {"type": "LoadBalancer",
                            "externalTrafficPolicy": "Local"}])}  # fmt: skip
    return _object(dice, "Service", "v1", spec)


def _claim_spec(dice: Dice) -> Object:
    return {
        "accessModes": dice.choice([["ReadWriteOnce"], ["ReadWriteMany", "ReadOnlyMany"],
                                    ["ReadWriteOncePod"]]),
        "resources": {"requests": {"storage": dice.choice(["1Gi", 1024, "10G"])}},
        **_some(dice, {"storageClassName": dice.choice(["gp3", ""]), "volumeMode": "Filesystem",
                       "selector": _selector(dice), "volumeAttributesClassName": "fast"}),
    }  # fmt: skip


def _claim(dice: Dice) -> Object:
    return _object(dice, "PersistentVolumeClaim", "v1", _claim_spec(dice))


def _volume(dice: Dice) -> Object:
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-east-1a"]}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}}
    source: Object = dice.choice([
        {"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1", "fsType": "ext4",
                 "volumeAttributes": {"a": "b"}}},
        {"awsElasticBlockStore": {"volumeID": "aws://us-east-1a/vol-1"}},
        {"nfs": {"server": "nfs.example.com", "path": "/exports", "readOnly": True}},
        {"hostPath": {"path": "/mnt/data"}},
        {"local": {"path": "/mnt/disk"}},
    ])  # fmt: skip
    spec = {"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], **source,
            **_some(dice, {"storageClassName": "gp3", "volumeMode": "Filesystem",
                           "persistentVolumeReclaimPolicy": "Retain", "mountOptions": ["hard"],
                           "claimRef": {"namespace": "shop", "name": "data"},
                           "nodeAffinity": affinity})}  # fmt: skip
    if "local" in spec:
        spec["nodeAffinity"] = affinity
    return _object(dice, "PersistentVolume", "v1", spec)


def _storage_class(dice: Dice) -> Object:
    topology = [
        {
            "matchLabelExpressions": [
                {"key": "topology.ebs.csi.aws.com/zone", "values": ["us-east-1a", "us-east-1b"]}
            ]
        }
    ]
    more = _some(dice, {
        "parameters": {"type": "gp3", "encrypted": "true"}, "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": True,
        "allowedTopologies": topology, "mountOptions": ["noatime"],
    })  # fmt: skip
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": _meta(dice, "gp3", namespaced=False), "provisioner": "ebs.csi.aws.com",
            **more}  # fmt: skip


def _csi_node(dice: Dice) -> Object:
    driver = {"name": "ebs.csi.aws.com", "nodeID": "i-1",
              **_some(dice, {"allocatable": {"count": 25},
                             "topologyKeys": ["topology.ebs.csi.aws.com/zone"]})}  # fmt: skip
    return _object(dice, "CSINode", "storage.k8s.io/v1", {"drivers": [driver]})


def _csi_driver(dice: Dice) -> Object:
    spec = _some(dice, {
        "attachRequired": True, "podInfoOnMount": False, "storageCapacity": True,
        "fsGroupPolicy": "File", "volumeLifecycleModes": ["Persistent", "Ephemeral"],
        "requiresRepublish": False, "tokenRequests": [{"audience": "sts.amazonaws.com"}],
    })  # fmt: skip
    return _object(dice, "CSIDriver", "storage.k8s.io/v1", spec)


def _capacity(dice: Dice) -> Object:
    more = _some(dice, {"capacity": "10Gi", "maximumVolumeSize": "5Gi",
                        "nodeTopology": {"matchLabels": {"zone": "a"}}})  # fmt: skip
    return {"apiVersion": "storage.k8s.io/v1", "kind": "CSIStorageCapacity",
            "metadata": _meta(dice), "storageClassName": "local", **more}  # fmt: skip


def _attachment(dice: Dice) -> Object:
    spec = {"attacher": "ebs.csi.aws.com", "nodeName": "ip-10-0-0-1.ec2.internal",
            "source": {"persistentVolumeName": "pv-1"}}  # fmt: skip
    return _object(dice, "VolumeAttachment", "storage.k8s.io/v1", spec)


def _node(dice: Dice) -> Object:
    capacity = {"cpu": "4", "memory": "16Gi", "pods": "58", "nvidia.com/gpu": 1}
    spec = _some(dice, {
        "providerID": "aws:///us-east-1a/i-1", "unschedulable": True, "podCIDR": "10.1.0.0/24",
        "podCIDRs": ["10.1.0.0/24"],
        "taints": [{"key": "dedicated", "value": "db", "effect": "NoSchedule"},
                   {"key": "dedicated", "effect": "NoExecute"}],
    })  # fmt: skip
    if "podCIDRs" in spec:
        spec["podCIDR"] = spec["podCIDRs"][0]
    status = _some(dice, {"capacity": capacity, "allocatable": {"cpu": "3920m"},
                          "images": [{"names": ["a:1"], "sizeBytes": 100}]})  # fmt: skip
    return _object(dice, "Node", "v1", spec, status=status)


def _nodepool(dice: Dice) -> Object:
    requirements: list[Object] = [
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]},
        {"key": "karpenter.k8s.aws/instance-generation", "operator": "Gt", "values": ["4"]},
        {"key": "node.kubernetes.io/instance-type", "operator": "In",
         "values": ["m6i.large", "m6i.xlarge"], "minValues": 2},
        {"key": "kubernetes.io/arch", "operator": "Exists"},
    ]  # fmt: skip
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    claim = {"nodeClassRef": reference, "requirements": dice.some(requirements, most=4),
             **_some(dice, {"expireAfter": "720h", "terminationGracePeriod": "1h",
                            "taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}],
                            "startupTaints": [{"key": "c", "effect": "NoExecute"}]})}  # fmt: skip
    disruption = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "5m", "budgets": [
        {"nodes": "20%", "reasons": ["Drifted"]},
        {"nodes": "0", "schedule": "0 9 * * mon-fri", "duration": "8h"}]}  # fmt: skip
    spec = {"template": {"metadata": {"labels": {"team": "a"}}, "spec": claim},
            **_some(dice, {"limits": {"cpu": "100", "memory": "1Ti"}, "weight": 10,
                           "disruption": disruption})}  # fmt: skip
    return _object(dice, "NodePool", "karpenter.sh/v1", spec)


def _node_class(dice: Dice) -> Object:
    tags = {"tags": {"karpenter.sh/discovery": "shop"}}
    disk = {"deviceName": "/dev/xvda", "rootVolume": True, "ebs": {
        "volumeSize": "100Gi", "volumeType": "gp3", "encrypted": True, "iops": 3000}}  # fmt: skip
    spec = {
        "amiSelectorTerms": [{"alias": "al2023@latest"}], "role": "node",
        "subnetSelectorTerms": [tags], "securityGroupSelectorTerms": [{"id": "sg-1"}],
        **_some(dice, {"blockDeviceMappings": [disk], "instanceStorePolicy": "RAID0",
                       "kubelet": {"maxPods": 58, "evictionHard": {"memory.available": "5%"}},
                       "metadataOptions": {"httpTokens": "required", "httpEndpoint": "enabled"},
                       "tags": {"team": "a"}, "detailedMonitoring": True, "userData": "a"}),
    }  # fmt: skip
    return _object(dice, "EC2NodeClass", "karpenter.k8s.aws/v1", spec)


_CLUSTER = {"NodePool", "EC2NodeClass", "Namespace", "PriorityClass", "RuntimeClass",
            "PersistentVolume", "StorageClass", "CSINode", "CSIDriver", "VolumeAttachment",
            "Node"}  # fmt: skip
KINDS: dict[str, Callable[[Dice], Object]] = {
    "Pod": _pod, "Deployment": _deployment, "ReplicaSet": _replicaset,
    "ReplicationController": _controller, "StatefulSet": _statefulset, "DaemonSet": _daemonset,
    "Job": _job, "CronJob": _cron_job, "Namespace": _namespace, "LimitRange": _limit_range,
    "ResourceQuota": _quota, "PriorityClass": _priority_class, "RuntimeClass": _runtime_class,
    "HorizontalPodAutoscaler": _autoscaler, "PodDisruptionBudget": _budget, "Service": _service,
    "PersistentVolumeClaim": _claim, "PersistentVolume": _volume, "StorageClass": _storage_class,
    "CSINode": _csi_node, "CSIDriver": _csi_driver, "CSIStorageCapacity": _capacity,
    "VolumeAttachment": _attachment, "Node": _node, "NodePool": _nodepool,
    "EC2NodeClass": _node_class,
}  # fmt: skip
"""By kind: what makes a valid object of it."""
_OFTEN = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def valid(dice: Dice) -> Object:
    """Return a valid object of any kind; those that make pods come up more often."""
    kind = dice.choice(_OFTEN) if dice.chance(0.5) else dice.choice(sorted(KINDS))
    return KINDS[kind](dice)
