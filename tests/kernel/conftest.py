"""How deep the properties are tried: KEJI_HYPOTHESIS examples each."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "keji",
    max_examples=int(os.environ.get("KEJI_HYPOTHESIS") or 50),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("keji")
