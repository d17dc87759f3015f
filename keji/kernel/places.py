"""The provinces, cities and districts of China, as the Ministry of Civil Affairs numbers them."""

from pathlib import Path
from typing import NamedTuple


class Region(NamedTuple):
    code: str
    name: str
    level: str
    parent: str


def _read() -> tuple[dict[str, Region], dict[str, list[Region]]]:
    regions: dict[str, Region] = {}
    children: dict[str, list[Region]] = {"": []}
    rows = (Path(__file__).parent / "data" / "regions.csv").read_text("utf-8").splitlines()[1:]
    for row in rows:
        region = Region(*row.split(","))
        # 441900, 442000 and 460400 stand in the data twice: as a city and as its only district.
        regions.setdefault(region.code, region)
        children.setdefault(region.parent, []).append(region)
    return regions, children


REGIONS, CHILDREN = _read()
