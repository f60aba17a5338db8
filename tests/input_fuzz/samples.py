"""Valid content of every kind of file, small enough that thousands of runs take minutes.

Its Secret, annotation and environment variables hold MARK, which no message may repeat.
"""

import gzip
import json
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from importlib import resources
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import yaml

from kubestow.adapters.catalog_files import encode, load_instance_types
from kubestow.adapters.catalog_offers import RegionFile
from kubestow.adapters.parquet_file import ParquetFolder
from kubestow.cli.main import run
from kubestow.model.simulated import Result
from kubestow.model.sweep import Row, Setting

MARK = "hunter2-secret"
REGION = "us-east-1"
_TYPES = ("m7i.large", "m7i.xlarge", "c7g.large", "t3.medium")
_MANIFESTS = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop, labels: {{app: web}}}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      nodeSelector: {{kubernetes.io/arch: amd64}}
      tolerations: [{{key: a, operator: Exists, effect: NoSchedule}}]
      topologySpreadConstraints:
        - {{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule,
            labelSelector: {{matchLabels: {{app: web}}}}}}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions: [{{key: kubernetes.io/os, operator: In, values: [linux]}}]
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 5
              podAffinityTerm: {{topologyKey: kubernetes.io/hostname,
                labelSelector: {{matchLabels: {{app: web}}}}}}
      containers:
        - name: web
          image: shop/web:1
          env: [{{name: PASSWORD, value: {MARK}}}]
          ports: [{{containerPort: 80}}]
          resources: {{requests: {{cpu: 500m, memory: 1Gi}}, limits: {{memory: 2Gi}}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: key, namespace: shop, annotations: {{note: {MARK}}}}}
stringData: {{password: {MARK}, other: {MARK}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: one, namespace: shop, annotations: {{a/b: {MARK}}}}}
spec:
  containers: [{{name: a, resources: {{requests: {{cpu: "1", memory: 512Mi}}}}}}]
  volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data, namespace: shop}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 10Gi}}}}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: agent}}}}
  template:
    metadata: {{labels: {{app: agent}}}}
    spec: {{containers: [{{name: a, resources: {{requests: {{cpu: 50m}}}}}}]}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: web, namespace: shop}}
spec: {{minAvailable: 50%, selector: {{matchLabels: {{app: web}}}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: web, namespace: shop}}
spec: {{minReplicas: 2, maxReplicas: 4, scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment,
        name: web}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: nightly, namespace: shop}}
spec:
  schedule: "0 3 * * *"
  jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: a}}]}}}}}}}}
---
apiVersion: v1
kind: Node
metadata:
  name: n1
  labels: {{team: blue, topology.kubernetes.io/zone: {REGION}a,
  node.kubernetes.io/instance-type: m7i.large,
           kubernetes.io/arch: amd64, kubernetes.io/os: linux}}
spec: {{providerID: "aws:///{REGION}a/i-0", taints: [{{key: a, effect: NoSchedule}}]}}
status: {{allocatable: {{cpu: 1930m, memory: 7Gi, pods: "29"}}}}
"""
_POOLS = """
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: general}
spec:
  weight: 10
  limits: {cpu: "100"}
  disruption: {consolidateAfter: 30s, budgets: [{nodes: 10%, schedule: "0 9 * * *", duration: 8h}]}
  template:
    metadata: {labels: {team: blue}}
    spec:
      expireAfter: 720h
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}
      requirements:
        - {key: karpenter.sh/capacity-type, operator: In, values: [spot, on-demand]}
        - {key: karpenter.k8s.aws/instance-cpu, operator: Lt, values: ["9"]}
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: default}
spec:
  amiFamily: AL2023
  kubelet: {maxPods: 50, kubeReserved: {cpu: 100m}, evictionHard: {memory.available: 5%}}
  blockDeviceMappings: [{deviceName: /dev/xvda, ebs: {volumeSize: 50Gi, volumeType: gp3}}]
"""
_CLUSTER = f"""
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {{name: shop, region: {REGION}, version: "1.34"}}
availabilityZones: [{REGION}a, {REGION}b]
managedNodeGroups:
  - {{name: web, instanceTypes: [m7i.large, m7i.xlarge], minSize: 1, maxSize: 5, desiredCapacity: 2,
      spot: true, volumeSize: 40, labels: {{team: blue}}, taints: [{{key: a, value: b,
      effect: NoSchedule}}]}}
fargateProfiles: [{{name: web, selectors: [{{namespace: shop, labels: {{app: web}}}}]}}]
addons: [{{name: vpc-cni, configurationValues: 'env: {{ENABLE_PREFIX_DELEGATION: "true"}}'}}]
vpc: {{subnets: {{private: {{{REGION}a: {{id: subnet-1}}}}}}}}
"""
_COSTS = """
apiVersion: kubestow.dev/v1alpha1
kind: Costs
perNode: [{name: agent, usdPerMonth: 36.5, source: contract, match: {kubernetes.io/arch: [amd64]}}]
perVcpu: [{name: licence, usdPerHour: 0.01}]
rootVolume: {gib: 20, usdPerGibMonth: 0.08}
publicIpv4: {usdPerHour: 0.005}
prices: [{name: deal, discount: 0.28, match: {node.kubernetes.io/instance-type: [m7i.large]}}]
reservations: [{name: ri, instanceType: m7i.large, count: 1}]
"""
_MACHINES = """
apiVersion: kubestow.dev/v1alpha1
kind: Machines
machines: [{name: own, vcpu: 8, memory: 32Gi, count: 2, usdPerHour: 0.1, labels: {a: b}}]
"""
_NETWORK = f"""
apiVersion: kubestow.dev/v1alpha1
kind: Network
subnets: [{{id: subnet-1, zone: {REGION}a, availableAddresses: 200, cidr: 10.0.0.0/24}}]
endpoints: [ecr.api, s3]
"""
_PLATFORMS = """
apiVersion: kubestow.dev/v1alpha1
kind: ImagePlatforms
images: {"shop/web:1": [linux/amd64, linux/arm64/v8]}
"""
_HISTORY = {
    "SpotPriceHistory": [
        {"AvailabilityZone": f"{REGION}a", "InstanceType": name, "ProductDescription": "Linux/UNIX",
         "SpotPrice": price, "Timestamp": f"2026-01-05T0{hour}:00:00+00:00"}
        for hour, name, price in ((1, "m7i.large", "0.04"), (2, "m7i.large", "0.05"),
                                  (3, "c7g.large", "0.03"))
    ]
}  # fmt: skip
_TRACE = "arrival_seconds,duration_seconds,cpu_milli,memory_mib\n0,600,500,512\n30,,250,256\n"
_DOCKER = {
    "auths": {"ghcr.io": {"auth": "dTpw"}, "https://index.docker.io/v1/": {"identitytoken": "t"}},
    "credHelpers": {"quay.io": "none-such"},
    "credsStore": "",
}
RESULT = Result(
    "optimal", 1, 1800, 10**9, 10**8, 1, 2, 3, 0, 5, 0, 7, 8, 9, 0, 0, 0, 0, 0.25, 14, 15, 16,
    10**7, (),
)  # fmt: skip


def documents(text: str) -> list[Any]:
    """Return the documents of YAML as values."""
    return list(yaml.safe_load_all(text))


@dataclass(frozen=True, slots=True)
class Samples:
    """What inputs are made from: documents as values, other files as bytes."""

    documents: dict[str, Any]
    files: dict[str, bytes]
    catalog: RegionFile


def region_file() -> RegionFile:
    """Return a catalog of a few types."""
    data = (resources.files("kubestow.data") / "regions" / f"{REGION}.json.gz").read_bytes()
    whole = msgspec.json.decode(gzip.decompress(data), type=RegionFile)
    whole.offers = [offer for offer in whole.offers if offer.type in _TYPES]
    known = load_instance_types()
    whole.instance_types = [known[name] for name in sorted(_TYPES)]
    return whole


def made_samples(folder: Path) -> Samples:
    """Return the samples; kubestow itself makes those that only it writes, in a folder."""
    texts = {
        "manifests": _MANIFESTS, "pools": _POOLS, "cluster": _CLUSTER, "costs": _COSTS,
        "machines": _MACHINES, "network": _NETWORK, "platforms": _PLATFORMS,
    }  # fmt: skip
    found: dict[str, Any] = {name: documents(text) for name, text in texts.items()}
    found |= {"history": _HISTORY, "docker": _DOCKER}
    catalog = region_file()
    (folder / "cache" / "catalog").mkdir(parents=True)
    (folder / "cache" / "catalog" / f"{REGION}.json.gz").write_bytes(encode(catalog))
    (folder / "web.yaml").write_text(_MANIFESTS, encoding="utf-8")
    with chdir(folder), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        run(["plan", "-f", "web.yaml", "--region", REGION, "--certificate", "bound.json",
             "--warm-start", "warm.json"])  # fmt: skip
        run(["simulate", "-f", "generated:5", "--region", REGION, "--policy", "optimal",
             "--days", "0.01", "--out", "out"])  # fmt: skip
    store = ParquetFolder(folder / "rows")
    setting = Setting("optimal", "diurnal", "none", 900, 1800)
    store.keep(
        [Row(str(seed), "w", REGION, setting, replace(RESULT, seed=seed)) for seed in (1, 2)]
    )
    found["certificate"] = json.loads((folder / "bound.json").read_bytes())
    found["warm"] = json.loads((folder / "warm.json").read_bytes())
    found["result"] = json.loads((folder / "out" / "optimal.json").read_bytes())
    files = {
        "trace": _TRACE.encode(),
        "journal": gzip.decompress((folder / "out" / "optimal.journal.gz").read_bytes()),
        "parquet": next((folder / "rows").glob("*.parquet")).read_bytes(),
    }
    return Samples(found, files, catalog)
