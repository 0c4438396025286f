"""Payer criteria and the letter: met, not met or not known follows from the case, and nothing more is claimed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tms_cases import tms_case

from euthymia.case.facts import (
    Adherence,
    Diagnosis,
    Finding,
    Implant,
    ScaleRecord,
    StoppedReason,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
)
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.form_screen import label_of
from euthymia.therapies.tms import THERAPY
from euthymia.therapies.tms.letter import NOT_RECORDED, payer_letter
from euthymia.therapies.tms.letter_text import letter_markdown
from euthymia.therapies.tms.payers import payer_findings, payers
from euthymia.therapies.tms.tables import PACKAGE

from tests.therapies.therapy_cases import NOW

IN_FORCE = [p.policy for p in payers() if p.status == "in_force"]


def failed(name, mg, weeks=10, kind=TrialKind.DRUG, **changes):
    start = NOW.date() - timedelta(days=200)
    values = {
        "started_on": start, "ended_on": start + timedelta(days=7 * weeks), "adherence": Adherence.GOOD,
        "outcome": TrialOutcome.NONE, "stopped_reason": StoppedReason.INEFFICACY, "current_episode": True,
    } | changes  # fmt: skip
    return TreatmentTrial(kind, name, mg, weeks, **values)


SERTRALINE, CITALOPRAM, VENLAFAXINE = failed("sertraline", 150), failed("citalopram", 40), failed("venlafaxine", 225)
ARIPIPRAZOLE = failed("aripiprazole", 10, kind=TrialKind.AUGMENTATION, added_to="sertraline")
LITHIUM = failed("lithium", 900, kind=TrialKind.AUGMENTATION, added_to="venlafaxine")


def rx_of(case, form="tms_10hz"):
    return next(p for p in THERAPY.propose(case) if p.form == form)


def states(case, policy, form="tms_10hz"):
    return {f.code: f.state for f in payer_findings(case, rx_of(case, form), policy)}


def test_every_policy_in_force_has_criteria_a_version_and_a_date():
    schemes = {row.scheme for row in label_of(PACKAGE)}
    for row in payers():
        assert row.version and row.as_of
        assert (row.status == "in_force") == bool(row.scheme)
        assert not row.scheme or row.scheme in schemes


def test_two_drugs_of_one_class_are_not_two_classes():
    same = states(tms_case(SERTRALINE, CITALOPRAM), "ambetter")
    other = states(tms_case(SERTRALINE, VENLAFAXINE), "ambetter")
    assert (same["ambetter_failed"], other["ambetter_failed"]) == ("not met", "met")


def test_two_single_trials_and_two_augmentations_are_counted_apart():
    case = tms_case(SERTRALINE, VENLAFAXINE, ARIPIPRAZOLE)
    assert states(case, "new_directions")["nd_failed"] == "not met"
    case = tms_case(SERTRALINE, VENLAFAXINE, ARIPIPRAZOLE, LITHIUM)
    assert states(case, "new_directions")["nd_failed"] == "met"
    assert states(tms_case(complete=False), "new_directions")["nd_failed"] == "not known"


def test_a_drug_that_was_not_tolerated_leaves_the_count_to_a_person():
    short = failed("sertraline", 50, 1, stopped_reason=StoppedReason.INTOLERANCE, outcome=TrialOutcome.UNKNOWN)
    (found,) = [
        f for f in payer_findings(tms_case(short), rx_of(tms_case(short)), "l34522") if f.code == "l34522_failed"
    ]
    assert found.state == "not known" and "not tolerated: sertraline" in found.evidence


def test_what_nobody_recorded_is_not_known_and_asked_for():
    case = tms_case(complete=False)
    rx = rx_of(tms_case())
    letter = payer_letter(case, rx, "ambetter")
    assert not [
        f
        for f in letter.in_state("met")
        if f.code.startswith("ambetter_") and "sessions" not in f.code and "tbs" not in f.code
    ]
    assert dict(letter.facts)["Diagnoses on record"] == NOT_RECORDED
    assert dict(letter.facts)["Latest ratings"] == NOT_RECORDED
    assert letter.trials == () and letter.to_supply
    text = letter_markdown(letter)
    assert "none recorded" in text and "To supply before sending" in text


@pytest.mark.parametrize("policy", IN_FORCE)
def test_attestations_are_never_met_by_the_program(policy):
    case = tms_case(SERTRALINE, VENLAFAXINE)
    for finding in payer_findings(case, rx_of(case), policy):
        if "attested" in finding.evidence:
            assert finding.state == "not known"


def test_the_course_asked_for_is_held_to_the_policy():
    case = tms_case(SERTRALINE)
    assert states(case, "ambetter", "tms_10hz")["ambetter_tbs_sessions"] == "met"
    assert states(case, "ambetter", "tms_itbs")["ambetter_tbs_sessions"] == "not met"
    saint = states(case, "ambetter", "tms_saint")
    assert (saint["ambetter_mri_tbs"], saint["ambetter_sessions"]) == ("not met", "not met")
    assert states(case, "l34522", "tms_10hz")["l34522_weeks"] == "met"
    assert states(case, "l34522", "tms_deep_h7")["l34522_weeks"] == "met"


@pytest.mark.parametrize(("gain", "state"), [(60.0, "not known"), (30.0, "not met"), (None, "not known")])
def test_a_second_course_asks_for_the_gain_of_the_first(gain, state):
    earlier = TreatmentTrial(TrialKind.TMS, "rTMS", sessions=30, improvement_pct=gain)
    assert states(tms_case(earlier), "l37086")["l37086_again"] == state
    assert states(tms_case(), "l37086")["l37086_again"] == "met"


@pytest.mark.parametrize("policy", ["l34998", "l33398", "none"])
def test_a_policy_that_is_superseded_unread_or_unknown_gives_no_letter(policy):
    with pytest.raises(InvalidInput, match="l34522"):
        payer_letter(tms_case(), rx_of(tms_case()), policy)


def test_no_letter_for_what_must_not_be_given():
    with pytest.raises(SafetyLimit, match="cochlear"):
        payer_letter(tms_case(Implant("cochlear_implant")), rx_of(tms_case()), "l34522")


@pytest.mark.parametrize("concept", ["aneurysm_clip_or_coil", "csf_shunt", "bullet_fragment", "pacemaker"])
def test_every_implant_speaks_against_the_thirty_centimeters(concept):
    case = tms_case(Finding(concept, True))
    found = {f.code: f.state for f in payer_findings(case, rx_of(tms_case()), "l34522")}
    assert found["l34522_implant"] == "not met"


def test_numbers_in_the_letter_are_numbers_of_the_case():
    case = tms_case(SERTRALINE, ScaleRecord("PHQ-9", (3, 3, 2, 2, 2, 2, 2, 1, 0), rater="self"))
    text = letter_markdown(payer_letter(case, rx_of(case), "l34522"))
    assert "PHQ-9 17 on" in text and "150 mg a day, 10 weeks" in text
    assert "sertraline" in text and "venlafaxine" not in text
    assert not re.search(r"PHQ-9 (?!17)\d", text)


def test_signs_of_markdown_in_a_record_stay_words():
    case = tms_case(SERTRALINE, Diagnosis("F41.1", "*loud* <b>anxiety</b>\n# heading"))
    text = letter_markdown(payer_letter(case, rx_of(case), "l34522"))
    assert "\\*loud\\* \\<b\\>anxiety" in text
    assert "\n# heading" not in text
