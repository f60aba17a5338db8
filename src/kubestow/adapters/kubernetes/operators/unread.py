"""What is known of kinds that are not read: whether their controllers make pods.

Facts by API group, from the documentation of each project. A kind that is in no table is judged by
what its spec holds, and otherwise named as unknown.
"""

from collections.abc import Iterator
from typing import Any

MAKES = "makes pods that are not counted"
ADDS = "adds containers to pods, which are not counted"
RENDERS = "applies objects that are not read: render them, and pass them with -f"
MAY = "may make pods, which are not counted"
UNKNOWN = "unknown kind: if it makes pods, they are not counted"
_LAUNCHES = {
    ("karpenter.sh", "NodeOverlay"): "changes the prices or resources by which Karpenter chooses "
    "what to launch: not modelled",
    ("autoscaling.x-k8s.io", "CapacityBuffer"): "keeps room for pods to come: not modelled",
}
"""Kinds that make no pods, but change what an autoscaler launches."""

_MAKERS: dict[str, str] = {
    "acme.cert-manager.io": "Challenge",
    "actions.github.com": "EphemeralRunner EphemeralRunnerSet",
    "actions.summerwind.dev": "Runner RunnerDeployment RunnerReplicaSet RunnerSet",
    "agones.dev": "GameServerSet",
    "apps.emqx.io": "EMQX",
    "apps.kruise.io": "AdvancedCronJob BroadcastJob ImagePullJob NodeImage UnitedDeployment",
    "argoproj.io": "ArgoCD CronWorkflow EventBus EventSource Experiment Sensor Workflow",
    "camel.apache.org": "Build Integration KameletBinding Pipe",
    "cassandra.datastax.com": "CassandraDatacenter",
    "ceph.rook.io": "CephBlockPoolRadosNamespace CephCluster CephFilesystem CephNFS "
    "CephObjectStore CephRBDMirror",
    "chaos-mesh.org": "Workflow",
    "clickhouse-keeper.altinity.com": "ClickHouseKeeperInstallation",
    "clickhouse.altinity.com": "ClickHouseInstallation",
    "cluster.redpanda.com": "Console Redpanda",
    "couchbase.com": "CouchbaseBackup CouchbaseCluster",
    "databases.spotahome.com": "RedisFailover",
    "datadoghq.com": "DatadogAgent",
    "dragonflydb.io": "Dragonfly",
    "druid.apache.org": "Druid",
    "eventing.knative.dev": "Broker",
    "execution.furiko.io": "Job JobConfig",
    "flink.apache.org": "FlinkSessionJob",
    "fluentbit.fluent.io": "Collector FluentBit",
    "fluentd.fluent.io": "Fluentd",
    "grafana.integreatly.org": "Grafana",
    "hazelcast.com": "Hazelcast ManagementCenter",
    "infinispan.org": "Infinispan",
    "install.istio.io": "IstioOperator",
    "integreatly.org": "Grafana",
    "jaegertracing.io": "Jaeger",
    "k6.io": "K6 TestRun",
    "k8s.keycloak.org": "Keycloak KeycloakRealmImport",
    "k8s.mariadb.com": "Backup Connection MariaDB MaxScale Restore SqlJob",
    "k8ssandra.io": "K8ssandraCluster",
    "kafka.banzaicloud.io": "CruiseControlOperation KafkaCluster",
    "kamaji.clastix.io": "TenantControlPlane",
    "keycloak.org": "Keycloak",
    "kiali.io": "Kiali",
    "kubeai.org": "Model",
    "kubeflow.org": "Profile TrainJob",
    "kubevirt.io": "KubeVirt VirtualMachine VirtualMachineInstance "
    "VirtualMachineInstanceReplicaSet",
    "litmuschaos.io": "ChaosEngine ChaosExperiment",
    "logging.banzaicloud.io": "FluentbitAgent Fluentbit Logging SyslogNG",
    "loki.grafana.com": "LokiStack",
    "machinelearning.seldon.io": "SeldonDeployment",
    "milvus.io": "Milvus",
    "minio.min.io": "Tenant",
    "mongodb.com": "MongoDB MongoDBMultiCluster MongoDBOpsManager",
    "mongodbcommunity.mongodb.com": "MongoDBCommunity",
    "mysql.oracle.com": "InnoDBCluster",
    "mysql.presslabs.org": "MysqlCluster",
    "nats.io": "NatsCluster",
    "nifi.konpyutaika.com": "NifiCluster",
    "nvidia.com": "ClusterPolicy NVIDIADriver DynamoComponentDeployment DynamoGraphDeployment "
    "NIMService NIMCache",
    "apps.nvidia.com": "NIMCache NIMPipeline NIMService",
    "opensearch.opster.io": "OpenSearchCluster",
    "opensearch.org": "OpenSearchCluster",
    "operator.knative.dev": "KnativeEventing KnativeServing",
    "operator.tigera.io": "APIServer Installation",
    "operator.victoriametrics.com": "VLAgent VLCluster VLogs VLSingle VMAgent VMAlert "
    "VMAlertmanager VMAuth VMCluster VMSingle",
    "operator.tekton.dev": "TektonConfig TektonPipeline",
    "pgv2.percona.com": "PerconaPGBackup PerconaPGCluster",
    "pingcap.com": "TidbCluster TidbInitializer TidbMonitor",
    "postgres-operator.crunchydata.com": "PGAdmin PostgresCluster",
    "ps.percona.com": "PerconaServerMySQL",
    "psmdb.percona.com": "PerconaServerMongoDB",
    "pulsar.apache.org": "PulsarCluster",
    "pulsar.streamnative.io": "PulsarBroker PulsarProxy",
    "pxc.percona.com": "PerconaXtraDBCluster",
    "ray.io": "RayCronJob",
    "redis.redis.opstreelabs.in": "Redis RedisCluster RedisReplication RedisSentinel",
    "scylla.scylladb.com": "ScyllaCluster ScyllaDBDatacenter ScyllaOperatorConfig",
    "serving.knative.dev": "Configuration Revision",
    "serving.kserve.io": "InferenceGraph InferenceService LLMInferenceService",
    "shipwright.io": "BuildRun",
    "solr.apache.org": "SolrCloud SolrPrometheusExporter",
    "sources.knative.dev": "ApiServerSource ContainerSource PingSource",
    "spark.apache.org": "SparkApplication SparkCluster",
    "sparkoperator.k8s.io": "SparkConnect",
    "tekton.dev": "PipelineRun TaskRun",
    "tempo.grafana.com": "TempoMonolithic TempoStack",
    "temporal.io": "TemporalCluster TemporalWorkerDeployment",
    "tf.isaaguilar.com": "Terraform",
    "upgrade.cattle.io": "Plan",
    "vault.banzaicloud.com": "Vault",
    "vitess.io": "EtcdLockserver VitessCluster",
    "workload.codeflare.dev": "AppWrapper",
    "ydb.tech": "Database Storage",
    "zookeeper.pravega.io": "ZookeeperCluster",
    "zookeeper.stackable.tech": "ZookeeperCluster",
    "kafka.stackable.tech": "KafkaCluster",
    "trino.stackable.tech": "TrinoCluster",
    "airflow.stackable.tech": "AirflowCluster",
    "spark.stackable.tech": "SparkApplication SparkHistoryServer",
    "core.openfaas.com": "Function",
    "core.strimzi.io": "StrimziPodSet",
    "openfaas.com": "Function",
    "nifi.stackable.tech": "NifiCluster",
    "etcd.database.coreos.com": "EtcdCluster",
    "app.terraform.io": "AgentPool",
    "toolhive.stacklok.dev": "MCPServer",
    "agents.x-k8s.io": "Sandbox",
    "extensions.agents.x-k8s.io": "SandboxClaim SandboxWarmPool",
    "core.humio.com": "HumioCluster",
    "monitoring.grafana.com": "GrafanaAgent",
    "collectors.grafana.com": "Alloy",
    "instana.io": "InstanaAgent",
    "dynatrace.com": "DynaKube",
    "sonarsource.parflesh.github.io": "SonarQube",
    "jenkins.io": "Jenkins",
    "airflow.apache.org": "AirflowBase AirflowCluster",
}
_ADDERS = {
    "apps.kruise.io": "SidecarSet",
    "opentelemetry.io": "Instrumentation",
}
_RENDERERS = {
    "argoproj.io": "Application ApplicationSet",
    "core.oam.dev": "Application",
    "fleet.cattle.io": "Bundle GitRepo",
    "helm.cattle.io": "HelmChart",
    "helm.toolkit.fluxcd.io": "HelmRelease",
    "kustomize.toolkit.fluxcd.io": "Kustomization",
    "operators.coreos.com": "ClusterServiceVersion Subscription",
    "packaging.carvel.dev": "PackageInstall",
    "kappctrl.k14s.io": "App",
    "kro.run": "ResourceGraphDefinition",
    "apps.open-cluster-management.io": "Subscription",
    "work.open-cluster-management.io": "ManifestWork",
    "template.openshift.io": "Template",
    "kubernetes.crossplane.io": "Object",
    "helm.crossplane.io": "Release",
}
_MAY = {
    "gateway.networking.k8s.io": "Gateway",
    "operator.cluster.x-k8s.io": "*",
}
_QUIET: dict[str, str] = {
    "acme.cert-manager.io": "Order",
    "addons.cluster.x-k8s.io": "*",
    "admissionregistration.k8s.io": "*",
    "agentic.networking.x-k8s.io": "*",
    "aquasecurity.github.io": "*",
    "argoproj.io": "AnalysisRun AnalysisTemplate AppProject ClusterAnalysisTemplate "
    "ClusterWorkflowTemplate WorkflowArtifactGCTask WorkflowEventBinding WorkflowTaskResult "
    "WorkflowTaskSet WorkflowTemplate",
    "autoscaling.internal.knative.dev": "*",
    "autoscaling.x-k8s.io": "*",
    "caching.internal.knative.dev": "*",
    "cert-manager.io": "*",
    "trust.cert-manager.io": "*",
    "cilium.io": "*",
    "cloudfront.services.k8s.aws": "*",
    "config.gatekeeper.sh": "*",
    "config.istio.io": "*",
    "configuration.konghq.com": "*",
    "constraints.gatekeeper.sh": "*",
    "crd.k8s.amazonaws.com": "*",
    "crd.projectcalico.org": "*",
    "projectcalico.org": "*",
    "ec2.services.k8s.aws": "*",
    "eks.amazonaws.com": "*",
    "elbv2.k8s.aws": "*",
    "extensions.istio.io": "*",
    "external-secrets.io": "*",
    "externaldns.k8s.io": "*",
    "externaldns.nginx.org": "*",
    "flowschema.apiserver.k8s.io": "*",
    "gateway.envoyproxy.io": "*",
    "gateway.networking.k8s.io": "*",
    "gateway.networking.x-k8s.io": "*",
    "generators.external-secrets.io": "*",
    "getambassador.io": "*",
    "groupsnapshot.storage.k8s.io": "*",
    "helm.toolkit.fluxcd.io": "*",
    "iam.services.k8s.aws": "*",
    "image.openshift.io": "*",
    "image.toolkit.fluxcd.io": "*",
    "inference.networking.k8s.io": "*",
    "inference.networking.x-k8s.io": "*",
    "k8s.cni.cncf.io": "*",
    "k8s.nginx.org": "*",
    "kafka.strimzi.io": "KafkaConnector KafkaRebalance KafkaTopic KafkaUser",
    "karpenter.azure.com": "*",
    "karpenter.k8s.aws": "*",
    "karpenter.sh": "*",
    "keda.sh": "ClusterTriggerAuthentication ScaledObject TriggerAuthentication",
    "eventing.keda.sh": "*",
    "eventing.knative.dev": "EventType Trigger",
    "kueue.x-k8s.io": "*",
    "kustomize.toolkit.fluxcd.io": "*",
    "kyverno.io": "*",
    "policies.kyverno.io": "*",
    "wgpolicyk8s.io": "*",
    "linkerd.io": "*",
    "longhorn.io": "*",
    "messaging.knative.dev": "*",
    "metallb.io": "*",
    "mutations.gatekeeper.sh": "*",
    "monitoring.coreos.com": "AlertmanagerConfig PodMonitor Probe PrometheusRule ScrapeConfig "
    "ServiceMonitor",
    "networking.gke.io": "*",
    "networking.internal.knative.dev": "*",
    "networking.istio.io": "*",
    "networking.k8s.aws": "*",
    "node.k8s.io": "*",
    "notification.toolkit.fluxcd.io": "*",
    "opentelemetry.io": "OpAMPBridge TargetAllocator",
    "operator.prometheus.io": "*",
    "operator.victoriametrics.com": "VMAlertmanagerConfig VMNodeScrape VMPodScrape VMProbe VMRule "
    "VMScrapeConfig VMServiceScrape VMStaticScrape VMUser",
    "policy.linkerd.io": "*",
    "postgresql.cnpg.io": "Backup ClusterImageCatalog Database ImageCatalog Publication "
    "ScheduledBackup Subscription",
    "rabbitmq.com": "Binding Exchange Federation OperatorPolicy Permission Policy Queue "
    "SchemaReplication Shovel SuperStream TopicPermission User Vhost",
    "rds.services.k8s.aws": "*",
    "route.openshift.io": "*",
    "s3.services.k8s.aws": "*",
    "scheduling.volcano.sh": "*",
    "secrets-store.csi.x-k8s.io": "*",
    "secrets.hashicorp.com": "*",
    "security.istio.io": "*",
    "security.openshift.io": "*",
    "serving.knative.dev": "DomainMapping Route",
    "snapshot.storage.k8s.io": "*",
    "source.toolkit.fluxcd.io": "*",
    "split.smi-spec.io": "*",
    "telemetry.istio.io": "*",
    "templates.gatekeeper.sh": "*",
    "tekton.dev": "ClusterTask Pipeline StepAction Task",
    "traefik.containo.us": "*",
    "traefik.io": "*",
    "triggers.tekton.dev": "ClusterInterceptor ClusterTriggerBinding Interceptor Trigger "
    "TriggerBinding TriggerTemplate",
    "velero.io": "*",
    "vpcresources.k8s.aws": "*",
    "whereabouts.cni.cncf.io": "*",
    "bitnami.com": "SealedSecret",
    "projectcontour.io": "*",
    "dashboard.grafana.com": "*",
    "crossplane.io": "*",
    "apiextensions.crossplane.io": "*",
    "pkg.crossplane.io": "*",
    "cluster.x-k8s.io": "*",
    "hnc.x-k8s.io": "*",
    "resource.nvidia.com": "*",
    "configmanagement.gke.io": "*",
}
_SIGNS = ("containers", "instances", "nodeSets", "podTemplate", "podTemplateSpec", "replicaCount",
          "replicas", "resources", "size")  # fmt: skip
"""Fields of a spec that are there where pods are made of it."""
_DEPTH = 4


def why_unread(group: str, kind: str, spec: Any) -> str:
    """Return what is known of a kind that is not read; empty if it is known to make no pods.

    Of the groups of Kubernetes itself, only kinds with a pod template make pods.
    """
    for table, reason in ((_MAKERS, MAKES), (_ADDERS, ADDS), (_RENDERERS, RENDERS), (_MAY, MAY)):
        if _lists(table, group, kind):
            return reason
    if (group, kind) in _LAUNCHES:
        return _LAUNCHES[group, kind]
    if _lists(_QUIET, group, kind):
        return ""
    if has_pod_template(spec):
        return MAKES
    if not is_foreign(group):
        return ""
    return MAY if any(name in _SIGNS for name in _names(spec, _DEPTH)) else UNKNOWN


def _lists(table: dict[str, str], group: str, kind: str) -> bool:
    kinds = table.get(group, "").split()
    return kind in kinds or kinds == ["*"]


def is_foreign(group: str) -> bool:
    """Return whether an API group is not one of Kubernetes itself."""
    return "." in group and not group.endswith(".k8s.io")


def has_pod_template(value: Any, depth: int = 6) -> bool:
    """Return whether a mapping holds a pod template: a template with a spec with containers."""
    if isinstance(value, dict):
        for name, inner in value.items():
            spec = inner.get("spec") if isinstance(inner, dict) else None
            if "emplate" in name and isinstance(spec, dict) and spec.get("containers"):
                return True
    if depth and isinstance(value, (dict, list)):
        inside = value.values() if isinstance(value, dict) else value
        return any(has_pod_template(item, depth - 1) for item in inside)
    return False


def _names(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    if depth and isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names(item, depth - 1)
