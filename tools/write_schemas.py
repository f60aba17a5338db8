"""Write the JSON Schemas of docs/schema from the types: ``make schemas``."""

from pathlib import Path

import msgspec

from kubestow.adapters.certificate_file import BoundCertificateWire
from kubestow.adapters.image_platforms import ImagePlatformsWire
from kubestow.adapters.network_file import NetworkWire
from kubestow.views.adoption_view import AdoptionView
from kubestow.views.advice_view import AdviceView
from kubestow.views.bound_verdict_view import BoundVerdictView
from kubestow.views.check_view import CheckView
from kubestow.views.cluster_view import ClusterView
from kubestow.views.comparison_view import ComparisonView
from kubestow.views.explanation_view import ExplanationView
from kubestow.views.instance_type_view import InstanceTypeListView, InstanceTypeView
from kubestow.views.landing_view import LandingView
from kubestow.views.migration_view import MigrationView
from kubestow.views.node_page_view import NodePageView, PodPageView
from kubestow.views.plan_view import PlanView
from kubestow.views.pod_explanation_view import PodExplanationView
from kubestow.views.schema import schema_text
from kubestow.views.simulation_view import SimulationView
from kubestow.views.sweep_view import SweepView
from kubestow.views.why_view import WhyView

SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"
DOCUMENTS: dict[str, type[msgspec.Struct]] = {
    "adoption.v1alpha1": AdoptionView,
    "advice.v1alpha1": AdviceView,
    "bound-verdict.v1alpha1": BoundVerdictView,
    "certificate.v1alpha1": BoundCertificateWire,
    "check.v1alpha1": CheckView,
    "cluster.v1alpha1": ClusterView,
    "comparison.v1alpha1": ComparisonView,
    "explanation.v1alpha1": ExplanationView,
    "image-platforms.v1alpha1": ImagePlatformsWire,
    "instance-type-list.v1alpha1": InstanceTypeListView,
    "instance-type.v1alpha1": InstanceTypeView,
    "landing.v1alpha1": LandingView,
    "migration.v1alpha1": MigrationView,
    "network.v1alpha1": NetworkWire,
    "node-page.v1alpha1": NodePageView,
    "plan.v1alpha1": PlanView,
    "pod-explanation.v1alpha1": PodExplanationView,
    "pod-page.v1alpha1": PodPageView,
    "simulation.v1alpha1": SimulationView,
    "sweep.v1alpha1": SweepView,
    "why.v1alpha1": WhyView,
}
"""The type that each schema is generated from, by the schema's name."""


def main() -> None:
    """Write every schema."""
    for name, document in DOCUMENTS.items():
        (SCHEMAS / f"{name}.json").write_text(schema_text(document, name), encoding="utf-8")


if __name__ == "__main__":
    main()
