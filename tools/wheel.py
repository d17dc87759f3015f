"""What a wheel needs beside the sources: the translations, compiled."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
from messages import MO, compile_if_older  # noqa: E402 -- beside this file


class Translations(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_if_older()
        build_data["force_include"][str(MO)] = "keji/locale/en/LC_MESSAGES/django.mo"
