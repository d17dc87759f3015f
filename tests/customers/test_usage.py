"""Dictionaries are the steward's: labels change everywhere, codes never, values in use stay."""

import pytest

from keji.access.house import fresh
from keji.customers.rules.revise import revise
from keji.kernel.errors import Refused, Unfit
from keji.records.models import Term
from keji.records.rules import add_term, drop_term, rename_term, switch_term
from keji.records.terms import dictionary


@pytest.mark.req("R-001-41")
def test_a_label_changes_everywhere_and_the_code_stays(cast):
    term = Term.objects.get(dictionary="lifecycle_stage", code="POTENTIAL")
    rename_term(cast.shen, term.pk, "潜客", "Lead", "", 0, [])
    fresh()

    assert dictionary("lifecycle_stage").text("POTENTIAL") == "潜客"
    assert cast.acme.lifecycle_stage == "POTENTIAL"


def test_a_value_in_use_can_only_be_switched_off(cast):
    term = add_term(cast.shen, "lead_source", "DOUYIN", "抖音")
    fresh()
    revise(cast.lin, cast.acme, {"lead_source": "DOUYIN"})
    with pytest.raises(Unfit):
        drop_term(cast.shen, term.pk)

    switch_term(cast.shen, term.pk, False)
    fresh()
    assert "DOUYIN" not in [word.code for word in dictionary("lead_source").options()]
    assert dictionary("lead_source").text("DOUYIN") == "抖音"


def test_an_unused_value_of_ones_own_can_be_dropped_and_a_rep_keeps_no_dictionary(cast):
    term = add_term(cast.shen, "lead_source", "DOUYIN", "抖音")
    with pytest.raises(Refused):
        drop_term(cast.lin, term.pk)
    drop_term(cast.shen, term.pk)

    assert not Term.objects.filter(pk=term.pk).exists()
