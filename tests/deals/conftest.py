"""A deal of lin's with acme, in the first stage of the delivered funnel."""

from decimal import Decimal

import pytest

from keji.deals.queries import lines
from keji.deals.rules.open import open_deal


@pytest.fixture
def deal(cast):
    return open_deal(cast.lin, {"name": "智能办公设备批量采购", "expected_amount": Decimal(300_000)}, cast.acme)


@pytest.fixture
def stages(db):
    """The stages of the delivered funnel by their code."""
    funnel = next(line for line in lines().values() if line.code == "P000")
    return {step.code: step.pk for step in funnel.steps}
