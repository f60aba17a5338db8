"""The parts of SARIF 2.1.0 (OASIS) that a log of findings needs, with SARIF's own names."""

from typing import Literal

from msgspec import UNSET, UnsetType, field

from kubestow.views.view import View

Level = Literal["error", "warning", "note"]


class Message(View, frozen=True):
    """A message or description."""

    text: str


class ReportingConfiguration(View, frozen=True):
    """The default level of a rule's results."""

    level: Level


class ReportingDescriptor(View, frozen=True):
    """A rule."""

    id: str
    short_description: Message
    help_uri: str
    default_configuration: ReportingConfiguration


class ToolComponent(View, frozen=True):
    """The program that made the log, and its rules."""

    name: str
    version: str
    rules: tuple[ReportingDescriptor, ...]


class Tool(View, frozen=True):
    """What made the log."""

    driver: ToolComponent


class RuleReference(View, frozen=True):
    """A reference to a rule."""

    id: str


class Notification(View, frozen=True):
    """A notification about the run itself."""

    level: Level
    associated_rule: RuleReference
    message: Message


class Invocation(View, frozen=True):
    """How the program ran."""

    execution_successful: bool
    tool_execution_notifications: tuple[Notification, ...]


class ArtifactLocation(View, frozen=True):
    """A file."""

    uri: str


class Region(View, frozen=True):
    """A part of a file."""

    start_line: int


class PhysicalLocation(View, frozen=True):
    """A place in a file."""

    artifact_location: ArtifactLocation
    region: Region | UnsetType = UNSET


class LogicalLocation(View, frozen=True):
    """An object, independent of where it is defined."""

    name: str
    fully_qualified_name: str
    kind: str


class Location(View, frozen=True):
    """Where a result is."""

    logical_locations: tuple[LogicalLocation, ...]
    physical_location: PhysicalLocation | UnsetType = UNSET


class SarifResult(View, frozen=True):
    """A finding."""

    rule_id: str
    rule_index: int
    level: Level
    message: Message
    locations: tuple[Location, ...]
    partial_fingerprints: dict[str, str]


class SarifRun(View, frozen=True):
    """One run of the program."""

    tool: Tool
    invocations: tuple[Invocation, ...]
    results: tuple[SarifResult, ...]


class SarifLog(View, frozen=True, kw_only=True):
    """The document."""

    schema: str = field(name="$schema", default="https://json.schemastore.org/sarif-2.1.0.json")
    version: Literal["2.1.0"] = "2.1.0"
    runs: tuple[SarifRun, ...]
