"""Files of kube-scheduler and answers of EKS as a user gives them with -f."""

import json
from typing import Any

import pytest

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.labels import HOSTNAME, ZONE
from kubestow.model.pod import SpreadConstraint
from kubestow.model.scheduler_profile import (
    DEFAULT_PROFILE,
    AddedAffinity,
    DefaultSpread,
    SchedulerProfile,
    ScoreWeights,
    ScoringStrategy,
)
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster

HEAD = "{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration"
POD = "\n---\n{kind: Pod, metadata: {name: p}, spec: {containers: [{name: c}], schedulerName: %s}}"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def read(*texts: str, name: str = "scheduler.yaml") -> tuple[Cluster, list[InputProblem]]:
    problems: list[InputProblem] = []
    documents: list[Document] = []
    for text in texts:
        documents += read_documents(Source(name, text.encode()), problems)
    return read_cluster(documents, problems), problems


def profiles(text: str) -> tuple[SchedulerProfile, ...]:
    cluster, problems = read(text)
    assert problems == []
    return cluster.scheduler_profiles.configured


def profile(text: str = "") -> SchedulerProfile:
    """Return the only profile of a configuration with these fields of a profile."""
    (only,) = profiles(f"{HEAD}, profiles: [{{{text}}}]}}")
    return only


def arguments(plugin: str, args: str) -> SchedulerProfile:
    return profile(f"pluginConfig: [{{name: {plugin}, args: {{{args}}}}}]")


def mistake(text: str) -> InputProblem:
    _, (problem,) = read(text)
    return problem


# --- what is read -------------------------------------------------------------------------------


def test_a_configuration_that_sets_nothing_is_the_default() -> None:
    assert profiles(f"{HEAD}}}") == (DEFAULT_PROFILE,)
    assert profile() == DEFAULT_PROFILE
    assert profile("plugins: {}, pluginConfig: []") == DEFAULT_PROFILE
    for name in ("NodeResourcesFit", "NodeAffinity", "PodTopologySpread", "InterPodAffinity",
                 "NodeResourcesBalancedAllocation", "DefaultPreemption", "VolumeBinding",
                 "DynamicResources"):  # fmt: skip
        assert arguments(name, "") == DEFAULT_PROFILE
        assert arguments(name, f"kind: {name}Args") == DEFAULT_PROFILE


STRATEGIES = [
    ("type: MostAllocated", ScoringStrategy("MostAllocated")),
    ("type: LeastAllocated, resources: [{name: memory}, {name: cpu, weight: 0}]",
     ScoringStrategy("LeastAllocated", (("memory", 1), ("cpu", 1)))),
    ("type: MostAllocated, resources: [{name: nvidia.com/gpu, weight: 100}]",
     ScoringStrategy("MostAllocated", (("nvidia.com/gpu", 100),))),
    ("type: RequestedToCapacityRatio, requestedToCapacityRatio: {shape: ["
     "{utilization: 0, score: 0}, {utilization: 100, score: 10}]}",
     ScoringStrategy("RequestedToCapacityRatio", shape=((0, 0), (100, 10)))),
    ("type: MostAllocated, requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}]}",
     ScoringStrategy("MostAllocated")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STRATEGIES)
def test_scoring_strategies(text: str, expected: ScoringStrategy) -> None:
    assert arguments("NodeResourcesFit", f"scoringStrategy: {{{text}}}").fit == expected


def test_arguments_of_the_other_plugins() -> None:
    balanced = arguments("NodeResourcesBalancedAllocation", "resources: [{name: cpu, weight: 1}]")
    assert balanced.balanced == ("cpu",)
    pods = "hardPodAffinityWeight: 0, ignorePreferredTermsOfExistingPods: true"
    found = arguments("InterPodAffinity", pods)
    assert (found.hard_affinity_weight, found.ignores_preferences_of_others) == (0, True)


def test_the_affinity_that_a_profile_adds() -> None:
    term = "{matchExpressions: [{key: pool, operator: In, values: [a]}]}"
    found = arguments(
        "NodeAffinity",
        f"addedAffinity: {{{REQUIRED}: {{nodeSelectorTerms: [{term}]}}, "
        f"{PREFERRED}: [{{weight: 5, preference: {term}}}]}}",
    )
    own = NodeSelectorTerm((SelectorRequirement("pool", "In", ("a",)),))
    assert found.added_affinity == AddedAffinity((own,), ((5, own),))


def test_default_constraints() -> None:
    found = arguments(
        "PodTopologySpread",
        f"defaultingType: List, defaultConstraints: ["
        f"{{topologyKey: {ZONE}, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}}, "
        f"{{topologyKey: {HOSTNAME}, maxSkew: 2, whenUnsatisfiable: DoNotSchedule, "
        "nodeTaintsPolicy: Honor}]",
    )
    soft = SpreadConstraint(ZONE, 1, None)
    hard = SpreadConstraint(HOSTNAME, 2, None, honor_taints=True)
    assert found.default_spread == DefaultSpread((soft,), (hard,), is_systems=False)
    nothing = arguments("PodTopologySpread", "defaultingType: List").default_spread
    assert nothing == DefaultSpread((), (), is_systems=False)


WEIGHTS = [
    ("score: {enabled: [{name: NodeResourcesFit, weight: 5}]}", {"node_resources_fit": 5}),
    ("score: {enabled: [{name: TaintToleration}]}", {"taint_toleration": 1}),
    ("score: {disabled: [{name: ImageLocality}]}", {"image_locality": 0}),
    ("score: {disabled: [{name: NodeAffinity}], enabled: [{name: NodeAffinity, weight: 4}]}",
     {"node_affinity": 4}),
    ("multiPoint: {enabled: [{name: PodTopologySpread, weight: 6}, {name: InterPodAffinity}]}",
     {"pod_topology_spread": 6, "inter_pod_affinity": 1}),
    ("multiPoint: {disabled: [{name: ImageLocality}]}", {"image_locality": 0}),
    ("multiPoint: {enabled: [{name: NodeAffinity, weight: 9}]}, "
     "score: {enabled: [{name: NodeAffinity, weight: 3}]}", {"node_affinity": 3}),
    ("score: {disabled: [{name: '*'}], enabled: [{name: NodeResourcesFit, weight: 2}]}",
     {"taint_toleration": 0, "node_affinity": 0, "pod_topology_spread": 0, "inter_pod_affinity": 0,
      "node_resources_fit": 2, "node_resources_balanced_allocation": 0, "image_locality": 0,
      "others": False}),
    ("score: {disabled: [{name: unknown}]}", {}),
]  # fmt: skip


@pytest.mark.parametrize(("plugins", "changed"), WEIGHTS)
def test_weights(plugins: str, changed: dict[str, Any]) -> None:
    assert profile(f"plugins: {{{plugins}}}").weights == ScoreWeights(**changed)


def test_the_first_node_is_taken_where_no_plugin_scores() -> None:
    nothing = profile("plugins: {score: {disabled: [{name: '*'}]}}").weights
    assert not nothing.any
    with_volumes = "plugins: {score: {disabled: [{name: '*'}], enabled: [{name: VolumeBinding}]}}"
    assert profile(with_volumes).weights.any


@pytest.mark.parametrize("point", ["postFilter", "multiPoint"])
def test_preemption_can_be_off(point: str) -> None:
    off = f"{{plugins: {{{point}: {{disabled: [{{name: DefaultPreemption}}]}}}}}}"
    cluster, problems = read(f"{HEAD}, profiles: [{off}]}}")
    assert (problems, cluster.remarks) == ([], ())
    assert not cluster.scheduler_profiles.of("").preempts


def test_a_profile_has_its_own_percentage_or_that_of_the_file() -> None:
    found = profiles(
        f"{HEAD}, percentageOfNodesToScore: 30, profiles: [{{schedulerName: a}}, "
        "{schedulerName: b, percentageOfNodesToScore: 0}]}"
    )
    assert [(p.name, p.percentage_scored) for p in found] == [("a", 30), ("b", 0)]


def test_what_concerns_the_process_alone_is_passed_over() -> None:
    text = (
        f"{HEAD}, parallelism: 8, leaderElection: {{leaderElect: false}}, clientConnection: {{}}, "
        "enableProfiling: false, enableContentionProfiling: false, delayCacheUntilActive: true, "
        "podInitialBackoffSeconds: 1, podMaxBackoffSeconds: 10}"
    )
    cluster, problems = read(text)
    assert (problems, cluster.remarks, cluster.ignored) == ([], (), ())


# --- pods and their profiles --------------------------------------------------------------------


def test_a_pod_of_a_profile_of_the_input_is_planned_and_scored_by_it() -> None:
    cluster, problems = read(f"{HEAD}, profiles: [{{schedulerName: packing}}]}}{POD % 'packing'}")
    assert problems == []
    assert cluster.pods[0].template.unsupported == ()
    assert cluster.pods[0].template.preferences.scheduler_name == "packing"


def test_a_pod_of_no_profile_is_named() -> None:
    cluster, _ = read(f"{HEAD}, profiles: [{{schedulerName: packing}}]}}{POD % 'volcano'}")
    (reason,) = cluster.pods[0].template.unsupported
    assert reason == (
        "it is scheduled by volcano, not by kube-scheduler "
        "(no profile of the input has that name: packing)"
    )


def test_required_added_affinity_goes_with_the_pods_of_its_profile() -> None:
    added = f"{{addedAffinity: {{{REQUIRED}: {{nodeSelectorTerms: []}}}}}}"
    own = f"{{schedulerName: packing, pluginConfig: [{{name: NodeAffinity, args: {added}}}]}}"
    cluster, _ = read(f"{HEAD}, profiles: [{own}]}}{POD % 'packing'}")
    assert cluster.pods[0].template.added_affinity == ()
    cluster, _ = read(f"{HEAD}, profiles: [{own}]}}{POD % 'default-scheduler'}")
    assert cluster.pods[0].template.added_affinity is None


def test_hard_default_constraints_are_the_pods_own() -> None:
    spread = (
        f"{{defaultingType: List, defaultConstraints: [{{topologyKey: {ZONE}, maxSkew: 1, "
        "whenUnsatisfiable: DoNotSchedule}]}"
    )
    own = f"{{pluginConfig: [{{name: PodTopologySpread, args: {spread}}}]}}"
    web = (
        "\n---\n{kind: Service, metadata: {name: web}, spec: {selector: {app: web}}}"
        "\n---\n{kind: Pod, metadata: {name: w, labels: {app: web}}, "
        "spec: {containers: [{name: c}]}}"
    )
    cluster, problems = read(f"{HEAD}, profiles: [{own}]}}{web}")
    assert problems == []
    assert [c.topology_key for c in cluster.pods[0].template.spread] == [ZONE]


# --- what EKS says ------------------------------------------------------------------------------


def eks(strategy: Any = None, **cluster: Any) -> str:
    config = {} if strategy is None else {
        "kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": strategy}}
    }  # fmt: skip
    return json.dumps({"cluster": {"name": "prod", "version": "1.36", **config, **cluster}})


def test_a_cluster_that_eks_describes_has_its_strategy() -> None:
    weighted = {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 3}]}
    (found,) = profiles(eks(weighted))
    assert found == SchedulerProfile(fit=ScoringStrategy("MostAllocated", (("cpu", 3),)))
    (least,) = profiles(eks({"resources": [{"name": "memory"}]}))
    assert least.fit == ScoringStrategy("LeastAllocated", (("memory", 1),))


@pytest.mark.parametrize(
    "config", [{}, {"kubeSchedulerConfig": None}, {"kubeSchedulerConfig": {}},
               {"kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": None}}}],
)  # fmt: skip
def test_a_cluster_whose_scheduler_is_not_configured_has_the_default(config: Any) -> None:
    assert profiles(eks(**config)) == ()


def test_its_yaml_is_read_as_well() -> None:
    text = (
        "cluster:\n  name: prod\n  kubeSchedulerConfig:\n    nodeResourcesFit:\n"
        "      scoringStrategy: {type: MostAllocated}\n"
    )
    assert [p.fit.type for p in profiles(text)] == ["MostAllocated"]


def test_another_mapping_with_a_cluster_is_no_answer_of_eks() -> None:
    assert mistake('{"cluster": {"size": 3}}').field == "kind"
    assert mistake('{"cluster": "prod"}').field == "kind"


def test_a_schedulers_name_is_one_profiles_alone() -> None:
    text = eks({"type": "MostAllocated"})
    cluster, (problem,) = read(f"{HEAD}}}", text)
    assert problem.subject == "EKS cluster prod"
    assert problem.field == "cluster.kubeSchedulerConfig"
    assert "default-scheduler is in this file already" in problem.message
    beside = f"{HEAD}, profiles: [{{schedulerName: packing}}]}}"
    cluster, problems = read(beside, text)
    assert problems == []
    names = [p.name for p in cluster.scheduler_profiles.configured]
    assert names == ["packing", "default-scheduler"]


# --- mistakes -----------------------------------------------------------------------------------


def of_profile(text: str) -> str:
    return f"{HEAD}, profiles: [{{{text}}}]}}"


def of_plugin(name: str, args: str) -> str:
    return of_profile(f"pluginConfig: [{{name: {name}, args: {{{args}}}}}]")


def of_strategy(text: str) -> str:
    return of_plugin("NodeResourcesFit", f"scoringStrategy: {{{text}}}")


def of_shape(points: str) -> str:
    shape = f"requestedToCapacityRatio: {{shape: [{points}]}}"
    return of_strategy(f"type: RequestedToCapacityRatio, {shape}")


ARGS = "profiles[0].pluginConfig[0].args"
STRATEGY = f"{ARGS}.scoringStrategy"
SHAPE = f"{STRATEGY}.requestedToCapacityRatio.shape"
SPREAD = "{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway"
MISTAKES = [
    (HEAD.replace("/v1,", "/v1beta3,") + "}", "apiVersion", "is not read by kube-scheduler"),
    (f"{HEAD}, metadata: {{name: x}}}}", "metadata", "is not a field"),
    (f"{HEAD}, profile: []}}", "profile", "is not a field"),
    (f"{HEAD}, profiles: {{}}}}", "profiles", "expected a list"),
    (f"{HEAD}, parallelism: 0}}", "parallelism", "is not positive"),
    (f"{HEAD}, percentageOfNodesToScore: 101}}", "percentageOfNodesToScore", "out of range"),
    (f"{HEAD}, podInitialBackoffSeconds: 0}}", "podInitialBackoffSeconds", "is not positive"),
    (f"{HEAD}, podInitialBackoffSeconds: 20}}", "podMaxBackoffSeconds", "is below"),
    (f"{HEAD}, profiles: [{{schedulerName: a}}, {{}}]}}", "profiles[1].schedulerName", "missing"),
    (f"{HEAD}, profiles: [{{schedulerName: ''}}]}}", "profiles[0].schedulerName", "missing"),
    (f"{HEAD}, profiles: [{{schedulerName: a}}, {{schedulerName: a}}]}}",
     "profiles[1].schedulerName", "profiles[0] already"),
    (f"{HEAD}, profiles: [{{schedulerName: a}}, {{schedulerName: b, plugins: {{queueSort: "
     "{enabled: [{name: X}], disabled: [{name: '*'}]}}}]}",
     "profiles[1].plugins.queueSort", "differs from that of the first"),
    (of_profile("percentageOfNodesToScore: -1"), "profiles[0].percentageOfNodesToScore",
     "out of range"),
    (of_profile("plugins: {scores: {}}"), "profiles[0].plugins.scores", "is not a field"),
    (of_profile("plugins: {score: {enabled: [{name: NodeResourceFit}]}}"),
     "profiles[0].plugins.score.enabled[0].name", "unknown plugin"),
    (of_profile("plugins: {score: {enabled: [{name: NodePorts}]}}"),
     "profiles[0].plugins.score.enabled[0].name", "is no score plugin"),
    (of_profile("plugins: {filter: {enabled: [{name: EBSLimits}]}}"),
     "profiles[0].plugins.filter.enabled[0].name", "is no plugin any more"),
    (of_profile("plugins: {score: {enabled: [{name: NodeAffinity}, {name: NodeAffinity}]}}"),
     "profiles[0].plugins.score.enabled[1]", "is enabled twice"),
    (of_profile("plugins: {score: {enabled: [{name: NodeAffinity, weight: 9999999999}]}}"),
     "profiles[0].plugins.score.enabled[0].weight", "out of range"),
    (of_profile("plugins: {queueSort: {enabled: [{name: Coscheduling}]}}"),
     "profiles[0].plugins.queueSort", "expected one plugin"),
    (of_profile("plugins: {queueSort: {disabled: [{name: PrioritySort}]}}"),
     "profiles[0].plugins.queueSort", "expected one plugin"),
    (of_profile("plugins: {bind: {disabled: [{name: '*'}]}}"), "profiles[0].plugins.bind",
     "no plugin binds"),
    (of_profile("pluginConfig: [{name: NodeAffinity}, {name: NodeAffinity}]"),
     "profiles[0].pluginConfig[1].name", "is there twice"),
    (of_plugin("NodeResourcesFitArgs", ""), "profiles[0].pluginConfig[0].name", "unknown plugin"),
    (of_plugin("NodeResourcesFit", "kind: NodeAffinityArgs"), f"{ARGS}.kind", "is not that of"),
    (of_plugin("NodeResourcesFit", "strategy: {}"), f"{ARGS}.strategy", "is not a field"),
    (of_plugin("NodeResourcesFit", "ignoredResourceGroups: [a/b]"),
     f"{ARGS}.ignoredResourceGroups[0]", "is not valid"),
    (of_strategy(""), f"{STRATEGY}.type", "unknown scoring strategy"),
    (of_strategy("type: MostAlocated"), f"{STRATEGY}.type", "unknown scoring strategy"),
    (of_strategy("type: MostAllocated, resources: [{name: cpu, weight: 101}]"),
     f"{STRATEGY}.resources[0].weight", "out of range"),
    (of_strategy("type: MostAllocated, resources: [{name: cpu, weight: -1}]"),
     f"{STRATEGY}.resources[0].weight", "out of range"),
    (of_strategy("type: MostAllocated, resources: [{weight: 1}]"), f"{STRATEGY}.resources[0]",
     "missing required field"),
    (of_strategy("type: RequestedToCapacityRatio"), f"{STRATEGY}.requestedToCapacityRatio",
     "is missing"),
    (of_shape(""), SHAPE, "has no points"),
    (of_shape("{utilization: 101, score: 1}"), f"{SHAPE}[0].utilization", "out of range"),
    (of_shape("{utilization: 1, score: 11}"), f"{SHAPE}[0].score", "out of range"),
    (of_shape("{utilization: 5, score: 1}, {utilization: 5, score: 2}"),
     f"{SHAPE}[1].utilization", "does not exceed"),
    (of_plugin("NodeResourcesBalancedAllocation", "resources: [{name: cpu, weight: 2}]"),
     f"{ARGS}.resources[0].weight", "is not 1"),
    (of_plugin("NodeResourcesBalancedAllocation", "resources: [{name: cpu}, {name: cpu}]"),
     f"{ARGS}.resources[1].name", "is there twice"),
    (of_plugin("NodeAffinity", "addedAffinity: {required: {}}"), f"{ARGS}.addedAffinity.required",
     "is not a field"),
    (of_plugin("NodeAffinity", f"addedAffinity: {{{REQUIRED}: {{nodeSelectorTerms: "
     "[{matchExpressions: [{key: a, operator: In}]}]}}"),
     f"{ARGS}.addedAffinity.{REQUIRED}.nodeSelectorTerms[0]", "cannot read"),
    (of_plugin("NodeAffinity", f"addedAffinity: {{{PREFERRED}: [{{weight: 1, preference: "
     "{matchExpressions: [{key: a, operator: Gt, values: [x]}]}}]}"),
     f"{ARGS}.addedAffinity.{PREFERRED}[0].preference", "cannot read"),
    (of_plugin("PodTopologySpread", "defaultingType: Lists"), f"{ARGS}.defaultingType", "unknown"),
    (of_plugin("PodTopologySpread", f"defaultConstraints: [{SPREAD}}}]"),
     f"{ARGS}.defaultingType", "which only List reads"),
    (of_plugin("PodTopologySpread", f"defaultingType: List, defaultConstraints: [{SPREAD}, "
     "labelSelector: {}}]"), f"{ARGS}.defaultConstraints[0].labelSelector", "is not allowed"),
    (of_plugin("PodTopologySpread", f"defaultingType: List, defaultConstraints: [{SPREAD}}}, "
     f"{SPREAD}}}]"), f"{ARGS}.defaultConstraints[1]", "are there already"),
    (of_plugin("PodTopologySpread", "defaultingType: List, defaultConstraints: "
     "[{topologyKey: zone, maxSkew: 0, whenUnsatisfiable: ScheduleAnyway}]"),
     f"{ARGS}.defaultConstraints[0].maxSkew", "must be at least 1"),
    (of_plugin("PodTopologySpread", "defaultingType: List, defaultConstraints: "
     "[{topologyKey: 'a b', maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}]"),
     f"{ARGS}.defaultConstraints[0].topologyKey", "is not a label"),
    (of_plugin("PodTopologySpread", "defaultingType: List, defaultConstraints: "
     "[{topologyKey: a, maxSkew: 1, whenUnsatisfiable: Never}]"),
     f"{ARGS}.defaultConstraints[0].whenUnsatisfiable", "unknown value"),
    (of_plugin("PodTopologySpread", "defaultingType: List, defaultConstraints: "
     "[{topologyKey: a, skew: 1}]"), f"{ARGS}.defaultConstraints[0].skew", "is not a field"),
    (of_plugin("InterPodAffinity", "hardPodAffinityWeight: 101"),
     f"{ARGS}.hardPodAffinityWeight", "out of range"),
    (of_plugin("DefaultPreemption", "minCandidateNodesPercentage: 101"),
     f"{ARGS}.minCandidateNodesPercentage", "out of range"),
    (of_plugin("DefaultPreemption", "minCandidateNodesAbsolute: -1"),
     f"{ARGS}.minCandidateNodesAbsolute", "is negative"),
    (of_plugin("DefaultPreemption", "minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0"),
     f"{ARGS}.minCandidateNodesPercentage", "is 0"),
    (of_plugin("VolumeBinding", "bindTimeoutSeconds: -1"), f"{ARGS}.bindTimeoutSeconds",
     "is negative"),
    (eks({"type": "RequestedToCapacityRatio"}),
     "cluster.kubeSchedulerConfig.nodeResourcesFit.scoringStrategy.type", "unknown scoring"),
    (eks({"type": "MostAllocated", "requestedToCapacityRatio": {}}),
     "cluster.kubeSchedulerConfig.nodeResourcesFit.scoringStrategy.requestedToCapacityRatio",
     "is not a field of EKS"),
    (eks({"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 1000}]}),
     "cluster.kubeSchedulerConfig.nodeResourcesFit.scoringStrategy.resources[0].weight",
     "out of range"),
    (eks(kubeSchedulerConfig={"interPodAffinity": {}}),
     "cluster.kubeSchedulerConfig.interPodAffinity", "is not a field"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "field", "message"), MISTAKES)
def test_a_mistake_names_file_object_and_field_and_says_what_was_expected(
    text: str, field: str, message: str
) -> None:
    problem = mistake(text)
    assert problem.field == field
    assert message in problem.message
    assert problem.hint
    assert "kubectl" not in problem.hint or "kubectl explain pod.spec" in problem.hint
    assert problem.file == "scheduler.yaml"
    assert problem.subject.startswith(("KubeSchedulerConfiguration", "EKS cluster prod"))
    assert problem.is_fatal


def test_a_misspelt_field_is_corrected() -> None:
    assert mistake(f"{HEAD}, profile: []}}").hint == "did you mean 'profiles'?"
    wrong = of_profile("plugins: {score: {enabled: [{name: NodeResourceFit}]}}")
    assert mistake(wrong).hint == "did you mean 'NodeResourcesFit'?"


# --- what is not modelled -----------------------------------------------------------------------

NOT_MODELLED = [
    (f"{HEAD}, extenders: [{{urlPrefix: 'https://e'}}]}}", "extenders"),
    (f"{HEAD}, podMaxBackoffSeconds: 60}}", "podMaxBackoffSeconds"),
    (of_profile("plugins: {filter: {disabled: [{name: NodePorts}]}}"), "NodePorts is off"),
    (of_profile("plugins: {multiPoint: {disabled: [{name: VolumeZone}]}}"), "VolumeZone is off"),
    (of_profile("plugins: {multiPoint: {enabled: [{name: Coscheduling}]}}"),
     "the plugin Coscheduling is not known"),
    (of_profile("plugins: {score: {enabled: [{name: Trimaran, weight: 2}]}}"),
     "the plugin Trimaran is not known"),
    (of_profile("plugins: {preScore: {disabled: [{name: PodTopologySpread}]}}"),
     "PodTopologySpread is off"),
    (of_plugin("Coscheduling", "permitWaitingTimeSeconds: 10"), "arguments of Coscheduling"),
    (of_plugin("NodeResourcesFit", "ignoredResources: [example.com/a]"), "ignoredResources"),
    (of_plugin("DefaultPreemption", "minCandidateNodesAbsolute: 5"), "preemption looks at"),
    (of_plugin("VolumeBinding", "shape: [{utilization: 0, score: 0}]"), "shape"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), NOT_MODELLED)
def test_what_is_not_modelled_is_named(text: str, said: str) -> None:
    cluster, problems = read(text)
    assert problems == []
    (remark,) = cluster.remarks
    assert remark.startswith("KubeSchedulerConfiguration: ")
    assert "is not modelled" in remark
    assert said in remark


def test_a_plugin_that_neither_filters_nor_scores_any_more_is_not_missed() -> None:
    both = "{disabled: [{name: PodTopologySpread}]}"
    cluster, _ = read(of_profile(f"plugins: {{score: {both}, preScore: {both}}}"))
    assert cluster.remarks == ()
