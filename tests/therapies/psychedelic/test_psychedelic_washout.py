"""Wash-outs by trial rule and half-life, phenotype and inhibitors, dated, and what is left over time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from euthymia.case import drugs
from euthymia.case.facts import Finding, Medication, StoppedReason, TreatmentTrial, TrialKind
from euthymia.case.model import Case
from euthymia.core.source import Verification
from euthymia.core.tables import load_table
from euthymia.engines.kinetics import phenotype_exposures
from euthymia.therapies.psychedelic import THERAPY
from euthymia.therapies.psychedelic.half_lives import HalfLifeRow, half_lives
from euthymia.therapies.psychedelic.residual import left_after, residual_curve
from euthymia.therapies.psychedelic.tables import PACKAGE, limit
from euthymia.therapies.psychedelic.washout import OpenWashout, open_washouts
from euthymia.therapies.psychedelic.washout_calendar import washout_calendar

TODAY = date(2026, 11, 2)
POOR_2C19, POOR_2D6 = Finding("cyp2c19_poor_metabolizer", True), Finding("cyp2d6_poor_metabolizer", True)


def off(name: str, days_ago: int, **more: str) -> Medication:
    return Medication(name, 20.0, ended_on=TODAY - timedelta(days=days_ago), active=False, **more)


def only(case: Case, form: str = "psilocybin") -> OpenWashout:
    (found,) = open_washouts(case, form)
    return found


def test_every_half_life_is_of_a_known_drug_and_every_metabolite_has_its_parent() -> None:
    rows: tuple[HalfLifeRow, ...] = load_table(PACKAGE, "half_lives.csv", HalfLifeRow)
    for row in rows:
        known = drugs.drug(row.drug)
        assert known is not None and known.ingredient == row.drug, row.drug
        parents = {r.analyte for r in rows if r.drug == row.drug and r.formulation == row.formulation}
        assert not row.formed_from or row.formed_from in parents, row.analyte


@pytest.mark.parametrize(
    ("medicine", "needed"),
    [
        ("fluoxetine", 47),  # 5 x 223 h of norfluoxetine, longer than the six weeks of the trial rule
        ("sertraline", 14),  # 5 x 26 h are 5.4 days: the trial rule is longer
        ("protriptyline", 42),  # 5 x 200 h
        ("vortioxetine", 14),  # 5 x 66 h are 13.75 days
        ("cariprazine", 84),  # 5 x 400 h of didesmethylcariprazine
        ("tranylcypromine", 14),  # an enzyme that grows again: no half-life
        ("buspirone", 14),
    ],
)
def test_the_longer_of_trial_rule_and_five_half_lives_counts(
    make_case: Callable[..., Case], medicine: str, needed: int
) -> None:
    assert only(make_case(Medication(medicine, 20.0))).needed_days == needed


def test_a_poor_metabolizer_waits_longer_and_an_unknown_one_is_told_the_range(make_case: Callable[..., Case]) -> None:
    slow = only(make_case(Medication("escitalopram", 20.0), POOR_2C19))
    assert slow.needed_days == math.ceil(5 * 32 * 3.3 / 24) == 22
    unknown = only(make_case(Medication("escitalopram", 20.0)))
    assert (unknown.needed_days, unknown.days_if_slow) == (14, 22)
    assert "CYP2C19 not known" in unknown.words() and "22 days at the slowest" in unknown.words()


@pytest.mark.parametrize("drug", ["escitalopram", "sertraline", "aripiprazole", "nortriptyline", "amitriptyline"])
@pytest.mark.parametrize("word", ["poor", "ultrarapid"])
def test_no_phenotype_shortens_a_wash_out(make_case: Callable[..., Case], drug: str, word: str) -> None:
    usual = only(make_case(Medication(drug, 20.0))).needed_days
    genes = [Finding(f"{gene}_{word}_metabolizer", True) for gene in ("cyp2c19", "cyp2d6", "cyp2b6")]
    assert only(make_case(Medication(drug, 20.0), *genes)).needed_days >= usual


def test_an_inhibitor_that_was_stopped_lately_still_slows_another_drug(make_case: Callable[..., Case]) -> None:
    case = make_case(Medication("aripiprazole", 5.0), off("paroxetine", 3))
    found = {w.medicine: w for w in open_washouts(case, "psilocybin")}
    assert found["aripiprazole"].needed_days == math.ceil(5 * 146 / 24) == 31
    assert "CYP2D6 PM expected under paroxetine" in found["aripiprazole"].words()
    alone = only(make_case(Medication("aripiprazole", 5.0), off("paroxetine", 90)))
    assert alone.needed_days == math.ceil(5 * 94 / 24) == 20


def test_a_drug_is_not_slowed_by_its_own_inhibition(make_case: Callable[..., Case]) -> None:
    assert only(make_case(Medication("paroxetine", 20.0))).needed_days == 14


def test_lithium_and_every_mao_inhibitor_are_hard_stops(make_case: Callable[..., Case]) -> None:
    for name in ("lithium", "phenelzine", "selegiline", "moclobemide", "linezolid", "procarbazine", "rasagiline"):
        found = only(make_case(off(name, 5)))
        assert (found.row.strength, found.days_left) == ("hard_stop", 9.0), name


def test_caffeine_needs_no_wash_out(make_case: Callable[..., Case]) -> None:
    assert open_washouts(make_case(Medication("caffeine", 200.0)), "psilocybin") == ()


def test_a_trial_that_ended_lately_counts_and_the_medicine_list_wins(make_case: Callable[..., Case]) -> None:
    trial = TreatmentTrial(
        TrialKind.DRUG, "fluoxetine", 20.0, 8.0, ended_on=TODAY - timedelta(days=10),
        stopped_reason=StoppedReason.INEFFICACY,
    )  # fmt: skip
    assert only(make_case(trial)).days_left == 37
    assert open_washouts(make_case(trial, off("fluoxetine", 100)), "psilocybin") == ()


@pytest.mark.parametrize("running_first", [True, False])
def test_of_several_trials_of_a_drug_the_latest_end_counts(make_case: Callable[..., Case], running_first: bool) -> None:
    old = TreatmentTrial(TrialKind.DRUG, "mirtazapine", 30.0, 8.0, ended_on=TODAY - timedelta(days=400))
    now = TreatmentTrial(TrialKind.DRUG, "mirtazapine", 30.0, 8.0, stopped_reason=StoppedReason.ONGOING)
    assert only(make_case(*((now, old) if running_first else (old, now)))).taken_now


def test_every_gene_that_is_named_can_be_looked_up() -> None:
    rows: tuple[HalfLifeRow, ...] = load_table(PACKAGE, "half_lives.csv", HalfLifeRow)
    for row in (r for r in rows if r.exposure_analyte):
        found = [e for e in phenotype_exposures(row.drug, "PM") if e.analyte == row.exposure_analyte]
        assert found and all(e.gene == row.gene for e in found), row.analyte


def test_the_calendar_dates_the_taper_and_the_longest_medicine_wins(make_case: Callable[..., Case]) -> None:
    calendar = washout_calendar(make_case(Medication("sertraline", 100.0), off("fluoxetine", 20)), "psilocybin")
    assert calendar.earliest == TODAY + timedelta(days=28 + 15) == calendar.lines[0].over_on
    assert [line.washout.medicine for line in calendar.lines] == ["sertraline", "fluoxetine"]
    first, *rest = calendar.reasons()
    assert str(calendar.earliest) in first.statement and first.verification is not Verification.READ
    assert "reduced" in rest[0].statement and "last dose 2026-11-30" in rest[0].statement


def test_a_planned_last_day_is_kept(make_case: Callable[..., Case]) -> None:
    case = make_case(Medication("mirtazapine", 30.0, ended_on=TODAY + timedelta(days=5)))
    assert washout_calendar(case, "psilocybin").earliest == TODAY + timedelta(days=19)


def test_no_day_is_given_for_a_depot_without_a_half_life(make_case: Callable[..., Case]) -> None:
    calendar = washout_calendar(make_case(Medication("fluphenazine decanoate", 25.0)), "psilocybin")
    assert calendar.earliest is None
    assert "No dosing day can be given" in calendar.reasons()[0].statement
    known = washout_calendar(make_case(Medication("haloperidol", 50.0, route="depot")), "psilocybin")
    assert known.earliest == TODAY + timedelta(days=5 * 21)


def test_an_unknown_medicine_is_named_not_skipped(make_case: Callable[..., Case]) -> None:
    calendar = washout_calendar(make_case(Medication("xyzzy forte", 1.0)), "psilocybin")
    assert calendar.unknown == ("xyzzy forte",)
    assert any(
        "xyzzy forte" in r.statement for r in THERAPY.propose(make_case(Medication("xyzzy forte", 1.0)))[0].reasons
    )


def test_the_session_waits_for_the_half_life_too(make_case: Callable[..., Case]) -> None:
    case = make_case(off("fluoxetine", 44))  # the six weeks are over, five half-lives are not
    (first, *_) = THERAPY.propose(case)
    session = THERAPY.session(case, first, 1)
    assert any("norfluoxetine" in a.text for a in session.start())


@pytest.mark.parametrize(("own", "parent"), [(24.0, None), (223.0, 100.0), (20.0, 45.0), (30.0, 30.0)])
def test_what_is_left_follows_the_textbook_chain(own: float, parent: float | None) -> None:
    times = np.linspace(0.0, 500.0, 51)
    left = left_after(times, own, parent)
    out = math.log(2) / own
    if parent is None:
        expected = np.exp(-out * times)
    elif parent == own:
        expected = (1 + out * times) * np.exp(-out * times)
    else:
        made = math.log(2) / parent
        expected = (out * np.exp(-made * times) - made * np.exp(-out * times)) / (out - made)
    assert left == pytest.approx(expected, abs=1e-10)


def test_the_residual_curve_has_a_band_and_its_marks(make_case: Callable[..., Case]) -> None:
    curve = residual_curve(only(make_case(off("fluoxetine", 10))))
    assert curve is not None
    at = min(range(len(curve.times)), key=lambda i: abs(curve.times[i] - 47))
    assert curve.low[at] < curve.median[at] < curve.high[at]
    assert 3 < curve.median[at] < 8  # norfluoxetine is still being formed at first, so more than 3 %
    assert {m.time for m in curve.marks} >= {47.0}
    assert residual_curve(only(make_case(off("phenelzine", 3)))) is None


def test_five_is_data_and_half_lives_can_be_asked_for() -> None:
    assert limit("washout_half_lives").bound == 5
    assert {r.analyte for r in half_lives(("venlafaxine",), depot=False)} == {"venlafaxine", "desvenlafaxine"}
    assert half_lives(("venlafaxine",), depot=True) == ()
