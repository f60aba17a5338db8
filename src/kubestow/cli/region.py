"""Which region a command is about.

Found in the order the AWS tools use, without importing them: the flag, AWS_REGION,
AWS_DEFAULT_REGION, the profile's region in the AWS configuration, or else us-east-1, which the
caller must say is assumed.
"""

import configparser
import os
from pathlib import Path

from kubestow.adapters.home import home_file
from kubestow.adapters.input_file import MIB, read_file
from kubestow.model.input_error import InputError

ASSUMED = "assumed"
ASSUMED_REGION = "us-east-1"


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
