"""The catalog command: what EC2 sells, for how much, and how fresh that knowledge is.

Facts come from the adapters and the catalog, text from kubestow.report.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from cyclopts import App
from msgspec.structs import replace

from kubestow.adapters.catalog_files import (
    embedded_regions,
    load_catalog,
    refreshed_regions,
    save_refreshed,
)
from kubestow.cli.catalog_options import (
    Filters,
    MoneyOptions,
    NodeOptions,
    Output,
    SortKey,
    settings_of,
    sort_key,
    wanted_types,
    zone_named,
)
from kubestow.cli.console import output_screen, say, show, show_json
from kubestow.cli.region import ASSUMED, resolve_region
from kubestow.model.input_error import InputError
from kubestow.model.suggestion import did_you_mean
from kubestow.report.catalog_text import (
    RegionRow,
    render_list,
    render_regions,
    render_type,
)
from kubestow.report.table import Screen
from kubestow.views.catalog_view import (
    Listing,
    instance_type_list_view,
    instance_type_view,
    offers_by_type,
)
from kubestow.views.view import View, encode

if TYPE_CHECKING:
    from kubestow.adapters.aws.refresh import Progress

_V = TypeVar("_V", bound=View)

catalog_app = App(
    name="catalog",
    help="Show instance types, what pods they can hold, and their prices; refresh them from AWS.",
)

_NODE_DEFAULTS, _MONEY_DEFAULTS, _NO_FILTERS = NodeOptions(), MoneyOptions(), Filters()


@catalog_app.command(name="list")
def list_instance_types(
    *,
    region: str | None = None,
    filters: Filters = _NO_FILTERS,
    sort: SortKey = "price",
    limit: int | None = None,
    node: NodeOptions = _NODE_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: Output = "table",
) -> None:
    """List instance types: what they hold, where they are sold and what they cost.

    The arm64 types with at least 16 GiB in Seoul:

        kubestow catalog list --region ap-northeast-2 --arch arm64 --min-memory 16Gi

    Spot prices of two families in one zone, in Korean won:

        kubestow catalog list --family m7i --family m6i --capacity-type spot \\
            --region ap-northeast-2 --zone ap-northeast-2a --currency KRW --rate 1390

    Parameters
    ----------
    region
        The AWS region. The default is AWS_REGION, AWS_DEFAULT_REGION or the region of the AWS
        profile.
    sort
        The sort order, smallest first.
    limit
        The largest number of instance types to show.
    output
        A table, or JSON of kind InstanceTypeList.
    """
    settings = settings_of(node, money)
    catalog = load_catalog(_region(region))
    offers = offers_by_type(catalog)
    zone = zone_named(catalog, filters.zone)
    wanted = wanted_types(catalog, offers, filters, zone)
    if limit is not None and limit < 1:
        raise InputError(f"--limit {limit} lists nothing", hint="use 1 or more")
    every = instance_type_list_view(
        catalog, Listing(tuple(wanted), filters.capacity_type, zone), settings
    )
    listing = replace(every, items=tuple(sorted(every.items, key=sort_key(sort))[:limit]))
    if not listing.items:
        say(f"no instance type of {catalog.region} matches")
    _write(listing, output, render_list)


@catalog_app.command(name="show")
def show_instance_type(
    instance_type: str,
    /,
    *,
    region: str | None = None,
    node: NodeOptions = _NODE_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: Output = "table",
) -> None:
    """Show everything known about an instance type in a region.

    What a t3.xlarge holds and costs in Seoul:

        kubestow catalog show t3.xlarge --region ap-northeast-2

    The same with the CNI's prefix delegation, as JSON:

        kubestow catalog show t3.xlarge --prefix-delegation --output json

    Parameters
    ----------
    instance_type
        The instance type, for example m7i.large.
    region
        The AWS region. The default is AWS_REGION, AWS_DEFAULT_REGION or the region of the AWS
        profile.
    output
        Text, or JSON of kind InstanceType.
    """
    settings = settings_of(node, money)
    catalog = load_catalog(_region(region))
    name = instance_type.strip().lower()
    if name not in catalog.instance_types:
        raise InputError(
            f"instance type {instance_type!r} is not in the catalog of {catalog.region}",
            hint=did_you_mean(name, catalog.instance_types)
            or f"'kubestow catalog list --region {catalog.region}' lists them; "
            f"'kubestow catalog refresh --region {catalog.region}' fetches new ones from AWS",
        )
    _write(instance_type_view(catalog, name, settings), output, render_type)


@catalog_app.command(name="refresh")
def refresh_region(*, region: str | None = None, profile: str | None = None) -> None:
    """Fetch a region's instance types and prices from AWS.

    The answer is stored in the user's cache directory (KUBESTOW_CACHE) and used from then on
    instead of the embedded catalog. It is written completely or not at all. The credentials need
    ec2:DescribeAvailabilityZones, ec2:DescribeInstanceTypes, ec2:DescribeInstanceTypeOfferings,
    ec2:DescribeSpotPriceHistory and pricing:GetProducts.

        kubestow catalog refresh --region ap-northeast-2 --profile production

    Parameters
    ----------
    region
        The AWS region. The default is AWS_REGION, AWS_DEFAULT_REGION or the region of the AWS
        profile.
    profile
        The AWS profile whose credentials are used. The default is AWS_PROFILE or the default
        profile.
    """
    from datetime import UTC, datetime

    from kubestow.adapters.aws.refresh import make_clients, refresh

    found = _region(region)
    clients = make_clients(found, profile)
    with _progress() as progress:
        content = refresh(found, clients, progress, at=datetime.now(UTC))
    path = save_refreshed(content)
    unpriced = sum(offer.on_demand is None for offer in content.offers)
    without = f", {unpriced} of them without an on-demand price" if unpriced else ""
    show(
        f"{found}: {len(content.offers)} instance types in {len(content.zones)} zones{without}\n"
        f"saved to {path}\n"
    )


@catalog_app.command(name="regions")
def list_regions() -> None:
    """List the regions of the catalog, and when they were refreshed.

    A region without an embedded catalog is listed once it has been refreshed:

        kubestow catalog regions
    """
    embedded = embedded_regions()
    refreshed = refreshed_regions()
    rows = [
        _refreshed_row(region) if region in refreshed else RegionRow(region, "embedded", "", "")
        for region in sorted({*embedded, *refreshed})
    ]
    show(render_regions(rows, output_screen()))


def _refreshed_row(region: str) -> RegionRow:
    try:
        sources = load_catalog(region).sources
    except InputError as problem:
        return RegionRow(region, "unreadable", "", problem.hint)
    dated = [source for source in sources if source.startswith("AWS Pricing GetProducts ")]
    date = dated[0].rsplit(" ", 1)[1] if dated else ""
    return RegionRow(region, "refreshed", date, "; ".join(sources))


def _region(explicit: str | None) -> str:
    region, how = resolve_region(explicit)
    if how == ASSUMED:
        say(f"region: {region} is assumed; set --region or AWS_REGION to change it")
    return region


def _write(view: _V, output: str, render: Callable[[_V, Screen], str]) -> None:
    if output == "json":
        show_json(encode(view))
    else:
        show(render(view, output_screen()))


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Tell on stderr how a refresh goes: live on a terminal, else one line a finished step."""
    if sys.stderr.isatty():
        with _live_progress() as live:
            yield live
        return
    last: list[tuple[str, int]] = []

    def tell(step: str, count: int) -> None:
        if last and last[0][0] != step:
            say(f"{last[0][0]}: {last[0][1]}")
        last[:] = [(step, count)]

    yield tell
    for step, count in last:
        say(f"{step}: {count}")


@contextmanager
def _live_progress() -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:.0f}"))
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def tell(step: str, count: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=None)
            bars.update(tasks[step], completed=count)

        yield tell
