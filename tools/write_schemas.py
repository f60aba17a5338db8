"""Write the JSON Schemas of docs/schema from the types: ``make schemas``."""

from pathlib import Path

import msgspec

from kubestow.adapters.certificate_file import BoundCertificateWire
from kubestow.adapters.image_platforms import ImagePlatformsWire
from kubestow.adapters.network_file import NetworkWire
from kubestow.views.bound_verdict_view import BoundVerdictView
from kubestow.views.instance_type_view import InstanceTypeListView, InstanceTypeView
from kubestow.views.plan_view import PlanView
from kubestow.views.pod_explanation_view import PodExplanationView
from kubestow.views.schema import schema_text

SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"
DOCUMENTS: dict[str, type[msgspec.Struct]] = {
    "bound-verdict.v1alpha1": BoundVerdictView,
    "certificate.v1alpha1": BoundCertificateWire,
    "image-platforms.v1alpha1": ImagePlatformsWire,
    "instance-type-list.v1alpha1": InstanceTypeListView,
    "instance-type.v1alpha1": InstanceTypeView,
    "network.v1alpha1": NetworkWire,
    "plan.v1alpha1": PlanView,
    "pod-explanation.v1alpha1": PodExplanationView,
}
"""A schema's name, and the type it is generated from."""


def main() -> None:
    """Write every schema."""
    for name, document in DOCUMENTS.items():
        (SCHEMAS / f"{name}.json").write_text(schema_text(document, name), encoding="utf-8")


if __name__ == "__main__":
    main()
