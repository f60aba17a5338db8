"""Items of the price list that GetProducts returns."""

import json

REGION = "ap-northeast-2"


def product(
    instance_type: str, *usd: str, since: str = "2026-11-01T00:00:00Z", **attributes: str
) -> str:
    """Return one item of GetProducts' price list, with one dimension a price."""
    dimensions = {
        f"SKU.JRTCKXETXF.{number}": {
            "unit": "Hrs",
            "beginRange": "0",
            "endRange": "Inf",
            "description": f"${price} per On Demand Linux {instance_type} Instance Hour",
            "pricePerUnit": {"USD": price},
        }
        for number, price in enumerate(usd)
    }
    return json.dumps({
        "product": {
            "productFamily": "Compute Instance",
            "attributes": {
                "instanceType": instance_type,
                "locationType": "AWS Region",
                "regionCode": REGION,
                "operatingSystem": "Linux",
                **attributes,
            },
            "sku": "SKU",
        },
        "serviceCode": "AmazonEC2",
        "terms": {
            "OnDemand": {
                "SKU.JRTCKXETXF": {
                    "effectiveDate": since,
                    "offerTermCode": "JRTCKXETXF",
                    "priceDimensions": dimensions,
                }
            },
            "Reserved": {},
        },
    })  # fmt: skip
