import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.adapters.catalog_files import load_catalog, refreshed_path, save_refreshed
from kubestow.adapters.catalog_offers import SCHEMA_VERSION, CatalogOffer, RegionFile
from kubestow.cli.catalog import catalog_app
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import InstanceType

SEOUL = ("--region", "ap-northeast-2")
SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"


@pytest.fixture(autouse=True)
def quiet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own settings out."""
    for variable in (
        "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "COLUMNS", "NO_COLOR", "FORCE_COLOR",
    ):  # fmt: skip
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TERM", "xterm")


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*tokens: str) -> str:
        catalog_app(
            list(tokens), exit_on_error=False, print_error=False, result_action="return_value"
        )
        return capsys.readouterr().out

    return call


def items(run: Run, *tokens: str) -> list[dict[str, Any]]:
    """Return the items of a list in Seoul."""
    found = json.loads(run("list", *SEOUL, *tokens, "-o", "json"))["items"]
    assert isinstance(found, list)
    return found


def names(run: Run, *tokens: str) -> list[str]:
    """Return the instance types a list in Seoul names."""
    return [item["name"] for item in items(run, *tokens)]


def test_a_row_says_what_a_type_holds_and_costs(run: Run) -> None:
    text = run("list", *SEOUL, "--family", "t3", "--currency", "KRW", "--rate", "1390")
    (row,) = [line for line in text.splitlines() if line.startswith("t3.xlarge ")]
    assert row.split() == [
        "t3.xlarge", "4", "16", "3.92", "13.8", "58", "a,b,c,d", "0.2080", "151.84", "211,058",
    ]  # fmt: skip
    assert "Converted at 1 USD = 1,390 KRW." in text
    assert "730 hours per month" in text


@pytest.mark.parametrize(
    ("sentence", "tokens", "holds"),
    [
        ("arch", ["--arch", "arm64"], lambda i: i["architecture"] == "arm64"),
        ("least vCPU", ["--min-vcpu", "64"], lambda i: i["vcpu"] >= 64),
        ("most vCPU", ["--max-vcpu", "2"], lambda i: i["vcpu"] <= 2),
        ("least memory", ["--min-memory", "16Gi"], lambda i: i["memoryMib"] >= 16384),
        ("most memory", ["--max-memory", "4Gi"], lambda i: i["memoryMib"] <= 4096),
        ("family", ["--family", "m7i"], lambda i: i["family"] == "m7i"),
        (
            "two families",
            ["--family", "m7i", "--family", "t3"],
            lambda i: i["family"] in ("m7i", "t3"),
        ),
        (
            "zone by name",
            ["--zone", "ap-northeast-2d"],
            lambda i: "ap-northeast-2d" in [zone["name"] for zone in i["zones"]],
        ),
        (
            "zone by id",
            ["--zone", "apne2-az4"],
            lambda i: "apne2-az4" in [zone["id"] for zone in i["zones"]],
        ),
        ("spot", ["--capacity-type", "spot"], lambda i: i["prices"]["spot"]),
        ("GPU", ["--gpu"], lambda i: [d for d in i["devices"] if d["kind"] == "gpu"]),
        ("current generation", ["--current-generation"], lambda i: i["currentGeneration"]),
    ],
)
def test_a_filter_keeps_what_it_says_and_not_everything(
    run: Run, sentence: str, tokens: list[str], holds: Callable[[dict[str, Any]], bool]
) -> None:
    everything = items(run)
    kept = items(run, *tokens)
    assert 0 < len(kept) < len(everything), sentence
    assert all(map(holds, kept)), sentence
    assert len(kept) == len([item for item in everything if holds(item)]), sentence


def test_a_type_not_sold_in_a_zone_is_not_listed_there(run: Run) -> None:
    assert "t3a.2xlarge" not in names(run, "--zone", "ap-northeast-2b")
    assert "t3a.2xlarge" in names(run, "--zone", "ap-northeast-2c")


def test_macs_are_not_listed(run: Run) -> None:
    catalog = load_catalog("us-east-1")
    macs = {name for name, found in catalog.instance_types.items() if found.macos}
    listed = json.loads(run("list", "--region", "us-east-1", "-o", "json"))["items"]
    assert macs
    assert macs.isdisjoint(item["name"] for item in listed)


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("price", lambda i: i["price"]["usdPerHour"] if i["price"] else float("inf")),
        ("vcpu", lambda i: i["vcpu"]),
        ("memory", lambda i: i["memoryMib"]),
        ("name", lambda i: (i["family"], i["vcpu"], i["memoryMib"])),
        ("pods", lambda i: i["maxPods"]),
        (
            "price-per-vcpu",
            lambda i: i["price"]["nanoUsdPerHour"] / i["vcpu"] if i["price"] else float("inf"),
        ),
    ],
)
def test_a_list_is_sorted_smallest_first_unknown_prices_last(
    run: Run, sort: str, key: Callable[[dict[str, Any]], Any]
) -> None:
    found = items(run, "--sort", sort)
    assert list(map(key, found)) == sorted(map(key, found))


def test_limit_cuts_after_sorting(run: Run) -> None:
    assert names(run, "--limit", "3") == names(run)[:3]


def test_the_same_question_has_the_same_answer(run: Run) -> None:
    assert run("list", *SEOUL) == run("list", *SEOUL)


def test_an_estimate_is_marked_and_the_mark_explained(run: Run) -> None:
    text = run("list", *SEOUL, "--family", "c7gd")
    rows = [line for line in text.splitlines() if line.startswith("c7gd.")]
    assert rows
    assert all("~" in row for row in rows)
    assert "~ estimated, not a quoted price" in text


def test_a_list_of_quoted_prices_has_no_mark(run: Run) -> None:
    assert "~" not in run("list", *SEOUL, "--family", "t3")


def test_a_zone_s_spot_price_is_shown_for_that_zone(run: Run) -> None:
    content = RegionFile(
        SCHEMA_VERSION,
        "eu-test-1",
        [],
        [("eu-test-1a", "eut1-az1"), ("eu-test-1b", "eut1-az2")],
        [CatalogOffer("m9.large", [0, 1], spot=[300_000_000, 200_000_000], spot_source="history")],
        [],
        [InstanceType("m9.large", 2, 8192, "amd64")],
    )
    save_refreshed(content)
    spot = ("list", "--region", "eu-test-1", "--capacity-type", "spot", "-o", "json")
    assert json.loads(run(*spot))["items"][0]["price"]["usdPerHour"] == 0.2
    in_a = json.loads(run(*spot, "--zone", "eu-test-1a"))
    assert in_a["items"][0]["price"]["usdPerHour"] == 0.3
    text = run("list", "--region", "eu-test-1")
    assert "- no known price." in text


def test_nothing_found_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    tokens = ["list", *SEOUL, "--family", "t3", "--gpu", "-o", "json"]
    catalog_app(tokens, exit_on_error=False, result_action="return_value")
    captured = capsys.readouterr()
    assert json.loads(captured.out)["items"] == []
    assert captured.err == "no instance type of ap-northeast-2 matches\n"


def test_an_assumed_region_is_said_on_stderr_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    catalog_app(["show", "t2.medium"], exit_on_error=False, result_action="return_value")
    captured = capsys.readouterr()
    assert captured.out.startswith("t2.medium in us-east-1\n")
    assert captured.err.count("\n") == 1
    assert "us-east-1 is assumed" in captured.err


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize(
    "tokens",
    [
        ["list", *SEOUL],
        ["list", *SEOUL, "--gpu", "--capacity-type", "spot"],
        ["list", "--region", "us-east-1", "--currency", "KRW", "--rate", "1390"],
        ["show", "p5.48xlarge", "--region", "us-east-1", "--currency", "KRW", "--rate", "1390"],
        ["show", "t3.xlarge", *SEOUL],
        ["regions"],
    ],
)
def test_text_fits_the_width_and_is_plain(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int, tokens: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = run(*tokens)
    assert text.isascii()
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= columns
    assert all(line == line.rstrip() for line in text.splitlines())


def test_a_column_left_out_for_the_width_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = ("list", "--region", "us-east-1", "--currency", "KRW", "--rate", "1390")
    monkeypatch.setenv("COLUMNS", "80")
    assert "Columns omitted at this width: USD/MONTH, ZONES." in run(*tokens)
    monkeypatch.setenv("COLUMNS", "200")
    assert "Left out" not in run(*tokens)


def test_a_pipe_gets_whole_rows_however_long(run: Run) -> None:
    text = run("list", "--region", "us-east-1", "--currency", "KRW", "--rate", "1390")
    assert "USD/MONTH" in text
    assert "Left out" not in text


class Terminal(io.StringIO):
    """A stdout that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("sentence", "environment", "coloured"),
    [
        ("a terminal gets colour", {}, True),
        ("NO_COLOR is respected", {"NO_COLOR": "1"}, False),
        ("a dumb terminal gets none", {"TERM": "dumb"}, False),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch, sentence: str, environment: dict[str, str], coloured: bool
) -> None:
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    catalog_app(["list", *SEOUL], exit_on_error=False, result_action="return_value")
    assert ("\x1b[" in terminal.getvalue()) == coloured, sentence


def test_show_tells_everything(run: Run) -> None:
    text = run("show", "t3.xlarge", *SEOUL, "--currency", "KRW", "--rate", "1390")
    for fact in (
        "vCPU           4",
        "memory         16 GiB",
        "cpu                3920m",
        "memory             14162Mi (13.83 GiB)",
        "ephemeral-storage  17408Mi (17.00 GiB)",
        "max pods           58: 4 x (15 - 1) + 2 = 58",
        "EBS volumes        23 slots",
        "ap-northeast-2a  apne2-az1",
        "on-demand  any               0.20800     151.84    211,058  [1]",
        "[1] quoted, 2025-05-28: ec2instances.info 2025-05-28",
        "[2] estimated, 2025-05-28: mean over zones, ec2instances.info 2025-05-28",
        "karpenter.k8s.aws/instance-family=t3",
    ):
        assert fact in text


def test_show_names_devices(run: Run) -> None:
    text = run("show", "p5.48xlarge", "--region", "us-east-1")
    assert "8 h100 (nvidia), 80 GiB each" in text
    assert "nvidia.com/gpu" in text
    assert "vpc.amazonaws.com/efa" in text
    assert "part of a l4" in run("show", "g6f.large", "--region", "us-east-1")


@pytest.mark.parametrize(
    ("options", "formula"),
    [
        ([], "4 x (15 - 1) + 2 = 58"),
        (["--custom-networking"], "(4 - 1) x (15 - 1) + 2 = 44"),
        (["--prefix-delegation"], "min(110, 4 x (15 - 1) x 16 + 2) = 110"),
        (["--max-pods", "20"], "maxPods is set to 20"),
        (["--ami-family", "bottlerocket"], "4 x (15 - 1) + 2 = 58"),
    ],
)
def test_the_formula_of_max_pods_is_written_out(run: Run, options: list[str], formula: str) -> None:
    shown = json.loads(run("show", "t3.xlarge", *SEOUL, *options, "-o", "json"))
    assert shown["maxPodsFormula"] == formula
    assert formula.endswith(str(shown["maxPods"]))
    assert shown["allocatable"]["pods"] == str(shown["maxPods"])


def test_small_prefixes_are_not_capped(run: Run) -> None:
    shown = json.loads(run("show", "t3.nano", *SEOUL, "--prefix-delegation", "-o", "json"))
    assert shown["maxPodsFormula"] == "2 x (2 - 1) x 16 + 2 = 34"


def test_bottlerocket_s_data_volume_takes_a_slot(run: Run) -> None:
    plain = json.loads(run("show", "t3.xlarge", *SEOUL, "-o", "json"))
    rocket = json.loads(
        run("show", "t3.xlarge", *SEOUL, "--ami-family", "Bottlerocket", "-o", "json")
    )
    assert rocket["ebs"]["volumeSlots"] == plain["ebs"]["volumeSlots"] - 1


def test_hours_per_month_change_the_month_alone(run: Run) -> None:
    shown = json.loads(run("show", "t3.xlarge", *SEOUL, "--hours-per-month", "744", "-o", "json"))
    assert shown["prices"]["onDemand"]["usdPerHour"] == 0.208
    assert shown["prices"]["onDemand"]["usdPerMonth"] == 154.752


@pytest.mark.parametrize(
    ("schema", "tokens"),
    [
        ("instance-type", ["show", "t3.xlarge", *SEOUL]),
        ("instance-type", ["show", "p5.48xlarge", "--currency", "EUR", "--rate", "0.9"]),
        ("instance-type", ["show", "c7gd.12xlarge", *SEOUL, "--max-pods", "20"]),
        ("instance-type-list", ["list", *SEOUL]),
        ("instance-type-list", ["list", "--region", "us-east-1", "--capacity-type", "spot"]),
        ("instance-type-list", ["list", *SEOUL, "--currency", "KRW", "--rate", "1390"]),
    ],
)
def test_json_keeps_to_its_schema(run: Run, schema: str, tokens: list[str]) -> None:
    rules = json.loads((SCHEMAS / f"{schema}.v1alpha1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(json.loads(run(*tokens, "-o", "json")))


@pytest.mark.parametrize(
    ("tokens", "message", "hint"),
    [
        (["show", "t3.xlarg", *SEOUL], "'t3.xlarg' is not in", "did you mean 't3.xlarge'?"),
        (["show", "banana", *SEOUL], "'banana' is not in", "catalog list"),
        (["list", "--region", "ap-northest-2"], "region", "did you mean 'ap-northeast-2'?"),
        (["list", *SEOUL, "--zone", "ap-northeast-2z"], "zone", "did you mean 'ap-northeast-2"),
        (["list", *SEOUL, "--zone", "moon"], "zone 'moon'", "zones of ap-northeast-2: "),
        (["list", *SEOUL, "--family", "m7ii"], "family", "did you mean 'm7i'?"),
        (["list", *SEOUL, "--family", "m7i.large"], "family", "before the dot"),
        (["list", *SEOUL, "--arch", "amd46"], "--arch", "did you mean 'amd64'?"),
        (["list", *SEOUL, "--arch", "x"], "--arch", "choose from: amd64, arm64"),
        (["list", *SEOUL, "--sort", "prise"], "--sort", "did you mean 'price'?"),
        (["list", *SEOUL, "--capacity-type", "spots"], "--capacity-type", "'spot'"),
        (["list", *SEOUL, "-o", "yaml"], "-o", "choose from: table, json"),
        (["list", *SEOUL, "--ami-family", "AL2024"], "--ami-family", "'AL2023'"),
        (["list", *SEOUL, "--min-memory", "16GB"], "--min-memory", "example 16Gi"),
        (["list", *SEOUL, "--min-memory", "16"], "16 bytes", "16Gi"),
        (["list", *SEOUL, "--max-memory=-1Gi"], "is negative", "use 0 or more"),
        (["list", *SEOUL, "--min-vcpu=-1"], "is negative", "use 0 or more"),
        (["list", *SEOUL, "--min-vcpu", "8", "--max-vcpu", "4"], "above", "swap"),
        (["list", *SEOUL, "--limit", "0"], "--limit 0", "1 or more"),
        (["list", *SEOUL, "--max-pods", "0"], "--max-pods 0", "1 or more"),
        (["list", *SEOUL, "--hours-per-month", "0"], "--hours-per-month 0", "above 0"),
        (["list", *SEOUL, "--hours-per-month", "nan"], "--hours-per-month", "above 0"),
        (["list", *SEOUL, "--currency", "KRW"], "KRW needs a rate", "--rate"),
        (["list", *SEOUL, "--currency", "KWR", "--rate", "1"], "'KWR'", "did you mean 'KRW'?"),
        (["list", *SEOUL, "--currency", "KRW", "--rate", "0"], "not a valid rate", "--rate"),
        (["list", *SEOUL, "--rate", "1390"], "the rate of USD is 1", "--currency"),
        (["refresh", "--region", "us-east-1a"], "'us-east-1a'", "did you mean 'us-east-1'?"),
    ],
)
def test_a_mistake_is_named_with_a_hint(
    run: Run, tokens: list[str], message: str, hint: str
) -> None:
    with pytest.raises(InputError) as refusal:
        run(*tokens)
    assert message in refusal.value.message
    assert hint in refusal.value.hint


@pytest.mark.parametrize("command", ["list", "show", "refresh", "regions"])
def test_help_shows_an_example(run: Run, command: str) -> None:
    text = " ".join(run(command, "--help").split())
    assert f"kubestow catalog {command}" in text


def small_catalog() -> RegionFile:
    return RegionFile(
        SCHEMA_VERSION,
        "ap-northeast-2",
        ["AWS Pricing GetProducts 2026-11-22", "DescribeSpotPriceHistory 2026-11-22"],
        [("ap-northeast-2a", "apne2-az1")],
        [CatalogOffer("m9.large", [0])],
        [],
        [InstanceType("m9.large", 2, 8192, "amd64")],
    )


def play_aws(monkeypatch: pytest.MonkeyPatch, answer: RegionFile | InputError) -> None:
    """Have the refresh adapter answer without a network."""

    def refresh(
        region: str, clients: object, progress: Callable[[str, int], None], *, at: datetime
    ) -> RegionFile:
        assert at.tzinfo is not None
        progress("instance types", 100)
        progress("instance types", 101)
        if isinstance(answer, InputError):
            raise answer
        progress("on-demand prices", 3)
        return answer

    monkeypatch.setattr("kubestow.adapters.aws.refresh.make_clients", lambda *_: object())
    monkeypatch.setattr("kubestow.adapters.aws.refresh.refresh", refresh)


def test_a_refresh_saves_tells_its_steps_and_shows_among_the_regions(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play_aws(monkeypatch, small_catalog())
    catalog_app(["refresh", *SEOUL], exit_on_error=False, result_action="return_value")
    captured = capsys.readouterr()
    assert captured.err == "instance types: 101\non-demand prices: 3\n"
    assert captured.out.startswith(
        "ap-northeast-2: 1 instance types in 1 zones, 1 of them without an on-demand price\n"
    )
    assert str(refreshed_path("ap-northeast-2")) in captured.out
    rows = {line.split()[0]: line.split()[1:3] for line in run("regions").splitlines() if line}
    assert rows["ap-northeast-2"] == ["refreshed", "2026-11-22"]
    assert rows["us-east-1"] == ["embedded"]
    assert len(rows) == 1 + 30


def test_a_refresh_on_a_terminal_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    play_aws(monkeypatch, small_catalog())
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    catalog_app(["refresh", *SEOUL], exit_on_error=False, result_action="return_value")
    assert "instance types: 101" in terminal.getvalue()


def test_a_failed_refresh_writes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_refreshed(small_catalog())
    before = path.read_bytes()
    play_aws(monkeypatch, InputError("AWS throttled", hint="wait"))
    with pytest.raises(InputError, match="throttled"):
        run("refresh", *SEOUL)
    assert path.read_bytes() == before


def test_a_cache_that_cannot_be_written_is_explained(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "file"))
    play_aws(monkeypatch, small_catalog())
    with pytest.raises(InputError, match="cannot be written") as refusal:
        run("refresh", *SEOUL)
    assert "KUBESTOW_CACHE" in refusal.value.hint


def test_an_unreadable_refreshed_region_does_not_stop_the_list_of_regions(run: Run) -> None:
    path = refreshed_path("ap-northeast-2")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nonsense")
    (row,) = [line for line in run("regions").splitlines() if line.startswith("ap-northeast-2 ")]
    assert "unreadable" in row


def test_looking_at_the_catalog_imports_no_boto3() -> None:
    program = (
        "import sys; from kubestow.cli.catalog import catalog_app; "
        "catalog_app(['show', 't3.xlarge'], result_action='return_value'); "
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
