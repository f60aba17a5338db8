"""Checks of NodePools and costs against the catalog.

A NodePool with an unknown instance type, or a zone or region other than the planned one, is an
error before planning, with the closest name as a hint. So are costs and reservations with an
unknown instance type or zone.
"""

from kubestow.adapters.catalog_files import load_instance_types
from kubestow.model import labels as names
from kubestow.model.costs import Costs
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.model.snapshot import Cluster
from kubestow.model.suggestion import did_you_mean


def check_pools(cluster: Cluster, catalog: Catalog) -> None:
    """Raise InputError for an In requirement with a value that no node can have."""
    for pool in cluster.nodepools:
        for key, item in pool.requirements.by_key.items():
            if item.complement or not item.values:
                continue
            for value in sorted(item.values):
                _check(
                    f"{pool.source}: NodePool {pool.name}: requirement {key}", key, value, catalog
                )


def check_costs(costs: Costs, catalog: Catalog) -> None:
    """Raise InputError for an unknown instance type, or a zone of another region."""
    for entry in costs.entries:
        for value in dict(entry.match).get(names.INSTANCE_TYPE, ()):
            _check(f"{costs.file}: {entry.name}", names.INSTANCE_TYPE, value, catalog)
    for number, reservation in enumerate(costs.reservations):
        where = f"{costs.file}: Costs: reservations[{number}]"
        own = reservation.instance_type
        _check(f"{where}.instanceType", names.INSTANCE_TYPE, own, catalog)
        if reservation.zone:
            _check(f"{where}.zone", names.ZONE, reservation.zone, catalog)


def _check(where: str, key: str, value: str, catalog: Catalog) -> None:
    if key == names.INSTANCE_TYPE and value not in catalog.instance_types:
        instance_types = load_instance_types()
        if value in instance_types:
            return  # it exists in another region, and the pool may list more types
        raise InputError(
            f"{where}: instance type {value!r} does not exist",
            hint=did_you_mean(value, instance_types)
            or f"see 'kubestow catalog list --region {catalog.region}'",
        )
    if key == names.ZONE and value not in {z.name for z in catalog.zones}:
        zones = [z.name for z in catalog.zones]
        raise InputError(
            f"{where}: zone {value!r} is not in region {catalog.region}",
            hint=did_you_mean(value, zones) or f"zones of {catalog.region}: {', '.join(zones)}",
        )
    if key == names.REGION and value != catalog.region:
        raise InputError(
            f"{where}: region {value!r} is not the planned region {catalog.region}",
            hint=f"run with --region {value}",
        )
