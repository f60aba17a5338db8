"""Which region a command is about.

Found in the order the AWS tools use, without importing them: the flag, AWS_REGION,
AWS_DEFAULT_REGION, the profile's region in the AWS configuration, or else us-east-1, which the
caller must say is assumed. The input's nodes or ClusterConfig come before all but the flag, which
may not contradict nodes that are planned with.
"""

import configparser
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kubestow.adapters.home import home_file
from kubestow.adapters.input_file import MIB, read_file
from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Cluster
from kubestow.model.zones import region_of

ASSUMED = "assumed"
ASSUMED_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class ChosenRegion:
    """The region of a command, how it was found, and what the user is told of it."""

    region: str
    how: str
    lines: tuple[str, ...] = ()


def region_for(
    explicit: str | None, cluster: Cluster, is_known: Callable[[str], bool]
) -> ChosenRegion:
    """Return the region that an input is planned for; ``is_known`` tells those of the catalog.

    Raise InputError where the input's nodes are in another region, or in several.
    """
    region, how = resolve_region(explicit)
    named = list(cluster.regions)
    assumed = f"region: {region} is assumed; set --region or AWS_REGION to change it"
    own = ChosenRegion(region, how, (assumed,) if how == ASSUMED else ())
    if not named:
        return own
    nodes = sorted({node.region for node in cluster.nodes} - {""})
    whose, said = "the nodes of the input", f"the nodes of the input are in {', '.join(nodes)}"
    if not nodes or len(named) > 1:
        whose, said = "the input", f"the input names {', '.join(named)}"
    if nodes and (len(named) > 1 or explicit not in (None, nodes[0])):
        raise InputError(f"{said}, the plan would be for {region}", hint=_way_out(named, is_known))
    if explicit is not None:
        note = f"note: {said}; --region asks for {region}"
        return ChosenRegion(region, how, (note,) if named != [region] else ())
    known = [name for name in named if is_known(name)]
    if len(known) == 1:
        is_plain = known[0] == region and how != ASSUMED
        return ChosenRegion(
            known[0], whose, () if is_plain else (f"region: {known[0]}, from {whose}",)
        )
    if known:
        raise InputError(said, hint=f"choose one with --region: {', '.join(known)}")
    said += f", which {'is' if len(named) == 1 else 'are'} not in the catalog"
    if nodes:
        raise InputError(said, hint=_way_out(named, is_known))
    return replace(own, lines=(f"note: {said}", *own.lines))


def _way_out(named: Sequence[str], is_known: Callable[[str], bool]) -> str:
    """Return what to do about nodes that are not in the planned region."""
    if len(named) > 1:
        known = [name for name in named if is_known(name)]
        run = f"--region {known[0]} and --from-scratch" if known else "--from-scratch"
        return f"pass the input of one region, or omit the nodes with {run}"
    if is_known(named[0]):
        return f"run with --region {named[0]}, or omit the nodes with --from-scratch"
    elsewhere = "omit the nodes with --from-scratch, and choose another region with --region"
    if region_of(f"{named[0]}a") == named[0]:
        refresh = f"'kubestow catalog refresh --region {named[0]}' with AWS credentials"
        return f"run {refresh}, or {elsewhere}"
    return f"{named[0]} is not a region of AWS: {elsewhere}"


def resolve_region(explicit: str | None) -> tuple[str, str]:
    """Return the region and how it was found; "assumed" where nothing names one."""
    if explicit is not None:
        return explicit, "--region"
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        region = os.environ.get(variable, "").strip()
        if region:
            return region, variable
    profile = os.environ.get("AWS_PROFILE") or "default"
    path = _config_path()
    region = "" if path is None else _profile_region(path, profile)
    if region:
        return region, f"profile {profile!r} in {path}"
    return ASSUMED_REGION, ASSUMED


def _config_path() -> Path | None:
    chosen = os.environ.get("AWS_CONFIG_FILE")
    return Path(os.path.expanduser(chosen)) if chosen else home_file(".aws", "config")


def _profile_region(path: Path, profile: str) -> str:
    """Return the profile's region, or "" where the file does not say or cannot be read."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(read_file(path, limit=MIB, hint="").decode())
    except (InputError, UnicodeDecodeError, configparser.Error):
        return ""
    sections = [f"profile {profile}", f'profile "{profile}"']
    if profile == "default":
        sections.insert(0, profile)
    for section in sections:
        if parser.has_section(section):
            return parser.get(section, "region", fallback="").strip()
    return ""
