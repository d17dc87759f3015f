"""Work on thousands of rows without Python looking for garbage in between."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def calm() -> Iterator[None]:
    """Look for no garbage inside. Rows are freed when nobody holds them; looking through all of them, again and again,
    took a quarter of an import's time. For one batch, not for a whole run."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
