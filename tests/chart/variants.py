"""The ways to install the chart that are tested, as values."""

from pathlib import Path

from .helm import Rendered

EXAMPLES = Path(__file__).parents[2] / "examples"

POOLS = {
    name: (EXAMPLES / "nodepools" / f"{name}.yaml").read_text("utf-8")
    for name in ("general", "spot")
}

VARIANTS: dict[str, Rendered] = {
    "defaults": {},
    "existing secret": {"access": {"token": {"existingSecret": "our-token", "key": "value"}}},
    "trusted header": {"access": {"trustedHeader": "X-Forwarded-User"}},
    "history in a claim": {"history": {"persistent": True, "size": "5Gi"}},
    "history in our claim": {"history": {"persistent": True, "existingClaim": "our-claim"}},
    "no network policy": {"networkPolicy": {"enabled": False}},
    "nobody may connect": {"networkPolicy": {"ingressFrom": []}},
    "prometheus may connect": {
        "networkPolicy": {
            "ingressFrom": [
                {"namespaceSelector": {"matchLabels": {"team": "observability"}}},
                {"ipBlock": {"cidr": "10.0.0.0/16"}},
            ],
            "apiServerPort": 6443,
        }
    },
    "NodePools and costs": {
        "region": "ap-northeast-2",
        "currency": "KRW",
        "rate": 1391.5,
        "nodePools": POOLS,
        "costs": (EXAMPLES / "costs.yaml").read_text("utf-8"),
        "extraArgs": ["--cpu-use", "60%"],
        "ec2": True,
    },
    "trusted header and NodePools": {
        "access": {"trustedHeader": "X-Forwarded-User"},
        "nodePools": {"general": POOLS["general"]},
    },
    "our ServiceAccount": {
        "serviceAccount": {"create": False, "name": "ours"},
        "rbac": {"create": False},
    },
    "IAM role": {
        "serviceAccount": {
            "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/kubestow"}
        }
    },
    "dashboard": {"grafana": {"dashboard": {"enabled": True}}},
    "dashboard beside files": {
        "grafana": {
            "dashboard": {
                "enabled": True,
                "labels": {"team": "platform"},
                "annotations": {"grafana_folder": "Cost"},
            }
        },
        "costs": (EXAMPLES / "costs.yaml").read_text("utf-8"),
    },
    "everything about the pod": {
        "image": {"repository": "images.example/kubestow", "digest": f"sha256:{'0' * 64}"},
        "imagePullSecrets": [{"name": "registry"}],
        "podAnnotations": {"a": "1"},
        "podLabels": {"team": "platform"},
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {"kubernetes.io/arch": "arm64"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "karpenter.sh/nodepool", "operator": "Exists"}
                            ]
                        }
                    ]
                }
            }
        },
        "userId": 1000,
        "groupId": 2000,
    },
}
"""Values by what they are about; all of them are of kinds that every API server has."""

MONITORS: dict[str, Rendered] = {
    kind: {"monitor": {"kind": kind, "labels": {"release": "prometheus"}, "interval": "1m"}}
    for kind in ("PodMonitor", "ServiceMonitor")
}
"""Values whose monitors need definitions that are not Kubernetes' own."""

ALERTS: dict[str, Rendered] = {
    "alerts": {"alerts": {"enabled": True, "labels": {"release": "prometheus"}}},
    "alerts with limits of our own": {
        "alerts": {
            "enabled": True,
            "severity": "info",
            "notObservedFor": "10m",
            "gapRatio": 1,
            "gapFor": "1d12h",
            "pendingFor": "2h",
        }
    },
    "alerts of chosen targets": {
        "alerts": {"enabled": True, "selector": 'job="ours", cluster=~"seoul|tokyo"'}
    },
    **{
        f"alerts and {kind}": {"alerts": {"enabled": True}, "monitor": {"kind": kind}}
        for kind in MONITORS
    },
}
"""Values whose alerts need a definition that is not Kubernetes' own."""

ELSEWHERE: Rendered = {
    "grafana": {"dashboard": {"enabled": True, "namespace": "monitoring"}},
    "alerts": {"enabled": True, "namespace": "monitoring"},
}
"""Values that put something into a namespace that is not the release's."""
