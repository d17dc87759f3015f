"""What a text is in every language of the screen: files come in any of them, whoever reads them."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.translation import override


def wordings(say: Callable[..., str], *about: Any) -> list[str]:
    """What `say` answers in each language, Chinese first."""
    found = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.append(say(*about))
    return list(dict.fromkeys(found))
