"""How large a table file may be before it is refused."""

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bounds of one reading; the ones of security.md (c), where each was measured against a bomb."""

    upload: int = 20 * MB
    unzipped: int = 200 * MB
    ratio: int = 100
    parts: int = 1_000
    rows: int = 200_000
    columns: int = 200
    characters: int = 32_767
    # Address space, not pages: with 512 MB a sheet was measured to reach 414 MB resident, and 400 is the goal.
    memory: int = 460 * MB
    cpu_seconds: int = 30
    wall_seconds: int = 60


LIMITS = Limits()
OPERATOR_LIMITS = Limits(upload=200 * MB)
