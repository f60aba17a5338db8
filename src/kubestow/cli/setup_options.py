"""What the checks are given beside the manifests: the cluster, its network, its images.

AWS and registries are asked only if the user says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from cyclopts import Parameter

from kubestow.adapters.setup_files import SetupReading
from kubestow.cli.catalog_options import Flag
from kubestow.cli.console import say
from kubestow.model.input_error import InputError
from kubestow.model.setup import ClusterConfig, Network, Setup

LIVE = "live"
"""What --subnets is given instead of a file to have AWS asked."""
_Files = Annotated[list[str] | None, Parameter(negative=())]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class SetupOptions:
    """What is known about the cluster.

    Parameters
    ----------
    subnets
        Free addresses per subnet and VPC endpoints: a file of kind Network, or the output of 'aws
        ec2 describe-subnets' and 'describe-vpc-endpoints'. May be repeated. "live" asks AWS, with
        your own credentials, for those of the cluster of --cluster-config.
    image_platforms
        A file of kind ImagePlatforms: the platforms each image is built for.
    oci_layout
        A directory with an image in OCI layout, or IMAGE=FOLDER. May be repeated.
    registry
        Ask the registries for the platforms of the images, for at most 30 seconds. Logins are those
        of docker (DOCKER_CONFIG or ~/.docker).
    """

    subnets: _Files = None
    image_platforms: Annotated[str | None, Parameter(negative=())] = None
    oci_layout: _Files = None
    registry: Flag = False

    @staticmethod
    def config_of(reading: SetupReading, named: Sequence[str]) -> ClusterConfig | None:
        """Return the ClusterConfig, named or among the manifests; there may be one."""
        files = [reading.config.subject.file] if reading.config is not None else []
        files += named
        if len(files) > 1:
            raise InputError(
                f"{' and '.join(files)}: each holds a ClusterConfig",
                hint="check one cluster at a time: omit all but one",
            )
        if not named:
            return reading.config
        from kubestow.adapters.eksctl.checked_config import read_cluster_config

        return read_cluster_config(named[0])

    def network(self, config: ClusterConfig | None, region: str) -> Network | None:
        """Return what the subnets files say, and AWS where it is to be asked."""
        if self.subnets is None:
            return None
        from kubestow.adapters.network_file import read_network, together

        found = [read_network(name for name in self.subnets if name != LIVE)]
        if LIVE in self.subnets:
            from kubestow.adapters.aws.network import live_network, make_clients

            found.append(live_network(config, region, make_clients(region)))
        return together(found)

    def with_platforms(self, setup: Setup) -> Setup:
        """Add the platforms of the images, from wherever they may be known."""
        if self.image_platforms is None and not self.oci_layout and not self.registry:
            return setup
        from kubestow.adapters.image_platforms import for_images, read_layout, read_platforms

        known = read_platforms(self.image_platforms) if self.image_platforms is not None else {}
        for layout in self.oci_layout or ():
            known |= read_layout(layout)
        images = {c.image for w in setup.workloads for c in w.containers if c.image}
        found = for_images(known, images)
        if self.registry:
            from kubestow.adapters.registry import ask
            from kubestow.adapters.registry_logins import docker_logins

            more, unknown = ask(images - set(found), docker_logins())
            found |= more
            for image, reason in unknown.items():
                say(f"note: {image}: {reason}")
        return replace(setup, platforms=found)
