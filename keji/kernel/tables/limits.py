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
    # Address space. The 512 MB once planned let a sheet of 13,000,000 blanks take 434 MB of real memory; 400 is the goal.
    memory: int = 420 * MB
    cpu_seconds: int = 30
    wall_seconds: int = 60


LIMITS = Limits()
OPERATOR_LIMITS = Limits(upload=200 * MB)
