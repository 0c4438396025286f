"""Drug options: history, genes, co-medication and labs order them; hard stops cannot be written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from euthymia.case.facts import (
    Allergy,
    CourseStarted,
    Finding,
    LabResult,
    Medication,
    Preferences,
    StoppedReason,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    Vital,
)
from euthymia.core.errors import EuthymiaError, InvalidInput, SafetyLimit
from euthymia.engines.genome.advice_types import GeneState
from euthymia.engines.genome.phenoconversion import Medication as Acting
from euthymia.therapies.contract import ActionKind, Decision, Observation
from euthymia.therapies.precision import THERAPY, DrugOption
from euthymia.therapies.precision.exposure import expected
from euthymia.therapies.precision.option_rows import PointRow, choice_rules, choices, points
from euthymia.therapies.precision.options import considered
from euthymia.therapies.precision.tables import limit

from tests.therapies.therapy_cases import NOW, failed

PM2D6, PM2C19 = GeneState("CYP2D6", "PM", 0.0), GeneState("CYP2C19", "PM")


def judged(case):
    return {one.drug: one for one in considered(case)}


def option(case, drug):
    found = judged(case)[drug]
    assert found.option is not None, found.left_out
    return found.option


def order(case):
    return [one.drug for one in considered(case) if one.option is not None]


def written(case, base="citalopram", **changes):
    return replace(option(case, base), **changes)


def test_a_gene_is_never_a_point_for_benefit():
    assert all(row.points <= 0 for row in points().values() if row.group == "genes")
    row = points()["gene_usual"]
    with pytest.raises(InvalidInput, match="never a reason of benefit"):
        PointRow(**{f: getattr(row, f) for f in row.__dataclass_fields__} | {"points": 1.0})


@pytest.mark.parametrize(
    "marker",
    [
        LabResult("hs_crp", 0.4, "mg/L"), LabResult("hs_crp", 2.0, "mg/L"), LabResult("hs_crp", 7.0, "mg/L"),
        LabResult("cortisol", 28, "ug/dL"), LabResult("testosterone", 150, "ng/dL"),
    ],
)  # fmt: skip
def test_an_investigational_marker_moves_no_option_beyond_the_cap(make_case, marker):
    cap = limit("investigational_rank_cap").value
    before, after = order(make_case()), order(make_case(marker))
    assert set(before) == set(after)
    assert all(abs(before.index(drug) - after.index(drug)) <= cap for drug in before)
    assert not any("crp" in rule.criterion or "cortisol" in rule.criterion for rule in choice_rules())


def test_what_failed_or_was_not_tolerated_goes_down(make_case):
    intolerable = TreatmentTrial(TrialKind.DRUG, "vortioxetine", 10, 2, stopped_reason=StoppedReason.INTOLERANCE)
    case = make_case(failed("sertraline", 200), intolerable)
    first = order(make_case())
    now = order(case)
    assert now.index("sertraline") > first.index("sertraline")
    assert now.index("vortioxetine") > first.index("vortioxetine")
    assert {"failed_adequately", "not_tolerated"} <= {
        line.code for drug in ("sertraline", "vortioxetine") for line in option(case, drug).score.lines
    }


def test_the_place_is_the_points_and_says_why(make_case):
    options = [one.option for one in considered(make_case(failed("sertraline", 200))) if one.option]
    totals = [o.score.total for o in options]
    assert totals == sorted(totals, reverse=True)
    for above, below in pairwise(options):
        said = next(r for r in above.reasons if r.code == "why_above")
        assert below.title in said.statement and said.sources


def test_a_poor_metabolizer_gets_lower_doses_and_no_tricyclic(make_case):
    genes = (Finding("cyp2d6_poor_metabolizer", True), Finding("cyp2c19_poor_metabolizer", True))
    case = make_case(*genes)
    assert option(case, "citalopram").max_mg_day <= 20 < option(make_case(), "citalopram").max_mg_day
    assert option(case, "vortioxetine").max_mg_day == 10
    left = judged(case)["amitriptyline"].left_out
    assert left is not None and left.code == "left_out_gene" and left.sources
    codes = {r.code for r in option(case, "citalopram").reasons}
    assert any(c.startswith("cpic_citalopram") for c in codes) and any(
        c.startswith("fda_citalopram") or "label" in c for c in codes
    )


@pytest.mark.parametrize("days", [1, 5, 13])
def test_an_inhibitor_that_ended_lately_still_counts_and_is_named(make_case, days):
    ended = Medication("paroxetine", 20, ended_on=NOW.date() - timedelta(days=days), active=False)
    acting = option(make_case(ended), "nortriptyline")
    assert acting.start_mg_day < option(make_case(), "nortriptyline").start_mg_day
    assert any("aroxetine" in r.statement and f"stopped {days} days ago" in r.statement for r in acting.reasons)


def test_an_inhibitor_that_ended_long_ago_does_not_count(make_case):
    ended = Medication("paroxetine", 20, ended_on=NOW.date() - timedelta(days=40), active=False)
    assert option(make_case(ended), "nortriptyline").start_mg_day == option(make_case(), "nortriptyline").start_mg_day


def test_activity_is_changed_and_exposure_counted_once():
    normal = (GeneState("CYP2D6", "NM", 2.0),)
    (by_gene,) = expected("vortioxetine", (PM2D6,), ())
    (by_drug,) = expected("vortioxetine", normal, (Acting("paroxetine"),))
    (both,) = expected("vortioxetine", (PM2D6,), (Acting("paroxetine"), Acting("fluoxetine")))
    assert by_gene.value == by_drug.value == both.value == 3.0
    assert by_drug.agents == ("paroxetine",) and expected("vortioxetine", normal, ()) == ()


def test_several_possible_states_give_their_span():
    states = (PM2C19, GeneState("CYP2C19", "NM"))
    (found,) = expected("escitalopram", states, ())
    assert found.low == 1.0 and found.high is not None and found.high >= 2.63
    assert "several states" in found.reason.statement and found.reason.unit == "ratio"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"drug": "thioridazine", "states": (PM2D6,)}, "contraindicated"),
        ({"drug": "thioridazine", "medicines": (Acting("fluoxetine"),)}, "contraindicated"),
        ({"drug": "thioridazine", "medicines": (Acting("propranolol"),)}, "contraindicated"),
        ({"drug": "valproate", "states": (GeneState("POLG", "pathogenic variant"),)}, "contraindicated"),
        ({"drug": "valproate", "states": (GeneState("OTC", "pathogenic variant"),)}, "contraindicated"),
        ({"states": (PM2C19,), "max_mg_day": 40.0}, "at most"),
        ({"medicines": (Acting("cimetidine"),), "max_mg_day": 40.0}, "at most 20"),
        ({"age_yr": 70.0, "max_mg_day": 40.0}, "at most"),
        ({"qtc_ms": 505.0}, "QT"),
        ({"kept": ("tranylcypromine",)}, "MAOI"),
        ({"kept": ("thioridazine",), "base": "bupropion"}, "Thioridazine"),
        ({"stopped": ("phenelzine",), "washout_days": 7.0}, "14 days"),
        ({"allergies": ("Celexa",)}, "allergic"),
        ({"max_mg_day": 60.0}, "at most 40"),
    ],
)
def test_a_hard_stop_cannot_be_written(make_case, changes, words):
    with pytest.raises(SafetyLimit, match=words):
        written(make_case(), **changes)


def test_a_possible_poor_metabolizer_is_stopped_like_a_certain_one(make_case):
    with pytest.raises(SafetyLimit, match="contraindicated"):
        written(make_case(), drug="thioridazine", states=(PM2D6, GeneState("CYP2D6", "NM", 2.0)))


def test_rules_of_the_drug_forms_hold_here_too(make_case):
    case = make_case(Finding("seizure_disorder", True), Allergy("sertraline"), Vital("qtc", 510))
    left = {d: one.left_out.code for d, one in judged(case).items() if one.left_out}
    assert left["bupropion"] == "left_out_rule" and left["sertraline"] == "left_out_rule"
    assert left["citalopram"] == "left_out_limit"


def test_labs_speak_against(make_case):
    base, case = (
        make_case(Medication("sertraline", 100)),
        make_case(Medication("sertraline", 100), LabResult("hba1c", 7, "%")),
    )
    assert option(case, "quetiapine").score.of_group("labs") == -2 < option(base, "quetiapine").score.of_group("labs")


def test_stated_weights_scale_a_group(make_case):
    genes = Finding("cyp2d6_poor_metabolizer", True)
    careful = make_case(genes, Preferences({"harms": 9.0, "benefit": 1.0}))
    plain = option(make_case(genes), "venlafaxine XR").score
    assert option(careful, "venlafaxine XR").score.of_group("genes") < plain.of_group("genes") < 0
    indifferent = make_case(genes, Preferences({"harms": 0.0, "benefit": 1.0}))
    assert option(indifferent, "venlafaxine XR").score.of_group("genes") == 0


def test_every_choice_can_be_written_for_a_plain_case(make_case):
    found = judged(make_case())
    switches = {c.drug for c in choices() if c.role == "switch"}
    assert switches <= {d for d, one in found.items() if one.option is not None}
    assert all(one.option.details() for one in found.values() if one.option)


def test_the_forecast_holds_exposure_and_the_nulls(make_case):
    case = make_case(Finding("cyp2c19_poor_metabolizer", True))
    rx = option(case, "escitalopram")
    found = THERAPY.simulate(case, rx, seed=3)
    assert found == THERAPY.simulate(case, rx, seed=3) and found.form == "drug_choice"
    shift = next(r for r in found.physics if r.code == "exposure_escitalopram_parent")
    assert (
        shift.value
        and shift.low is not None
        and shift.low <= shift.value <= (shift.high or 0)
        and shift.unit == "ratio"
    )
    assert {"guided_primary", "gapp_null", "prime_gap", "brown_meta", "cheng_trd", "zhang_meta"} <= {
        r.code for r in found.reasons
    }
    assert "escitalopram_switching" in {r.code for r in found.physics}
    assert "no_exposure" in {r.code for r in THERAPY.simulate(case, option(case, "mirtazapine"), seed=3).physics}


def started(rx, days=30):
    return CourseStarted("precision", rx.form, rx.protocol, NOW.date() - timedelta(days=days))


def test_following_reads_levels_and_the_list(make_case):
    rx = option(make_case(), "nortriptyline")
    high = THERAPY.follow(make_case(started(rx), LabResult("nortriptyline", 220, "ng/mL")), rx)
    assert high.decision is Decision.ADJUST and "drug_level" in {r.code for r in high.reasons}
    bare = option(make_case(), "sertraline")
    told = THERAPY.follow(make_case(started(bare), LabResult("sertraline", 40, "ng/mL")), bare)
    assert "drug_level_no_range" in {r.code for r in told.reasons}
    new = THERAPY.follow(make_case(started(rx), Medication("terbinafine", 250)), rx)
    assert new.decision is Decision.ADJUST and "new_medicine" in {r.code for r in new.reasons}
    maoi = THERAPY.follow(make_case(started(rx), Medication("phenelzine", 45)), rx)
    assert maoi.decision is Decision.STOP and "new_forbidden" in {r.code for r in maoi.reasons}


def test_following_puts_safety_first_and_keeps_to_its_own_course(make_case):
    rx, other = option(make_case(), "nortriptyline"), option(make_case(), "sertraline")
    risk = SuicideScreen(True, True, True, True, True, True, True)
    assert THERAPY.follow(make_case(started(rx), risk), rx).decision is Decision.URGENT
    assert THERAPY.follow(make_case(started(other)), rx).decision is Decision.START


ASKED = ("wish", "thoughts", "method", "intent", "plan", "behavior_lifetime", "behavior_3_months")
CHECKS = (
    ("adherence", {"taken_pct": 100}), ("medicines", {"new": []}),
    ("suicidality", dict.fromkeys(ASKED, False)),
    ("side_effects", {"frequency": 0, "intensity": 0, "burden": 0}),
)  # fmt: skip


def test_a_first_dose_waits_for_the_explanation(make_case):
    case = make_case()
    rx = option(case, "sertraline")
    visit = THERAPY.session(case, rx, 1)
    assert visit.start()[0].code == "explained"
    for kind, values in CHECKS:
        visit.feed(Observation(kind, 0.0, values))
    dose = Observation("dose", 1.0, {"drug": "sertraline", "mg_day": rx.start_mg_day})
    with pytest.raises(SafetyLimit, match="explained"):
        visit.feed(dose)
    visit.feed(Observation("explained", 2.0, {"by": "Dr A", "understood": True}))
    visit.feed(Observation("dose", 3.0, dose.values))
    assert visit.finish()[-1] is not None


def test_a_new_medicine_in_the_visit_is_held_against_the_genes(make_case):
    case = make_case()
    visit = THERAPY.session(case, option(case, "nortriptyline"), 1)
    visit.start()
    told = visit.feed(Observation("medicines", 0.0, {"new": ["terbinafine"]}))
    assert "rerun" in {a.code for a in told}
    again = THERAPY.session(case, option(case, "nortriptyline"), 1)
    again.start()
    assert again.feed(Observation("medicines", 0.0, {"new": ["phenelzine"]}))[0].kind is ActionKind.ALERT


def test_a_form_of_another_class_is_refused(make_case):
    with pytest.raises(EuthymiaError):
        THERAPY.session(make_case(), object(), 1)
    assert isinstance(option(make_case(), "sertraline"), DrugOption)
