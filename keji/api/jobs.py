"""Work of the API in the background."""

from keji.api import rules
from keji.queue import every, task


@every(daily="03:40", name="sweep API answers")
@task()
def sweep_answers() -> None:
    rules.sweep()
