"""The packaged tables: equal to the curated trial table, complete in provenance, never invented."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification
from euthymia.engines.evidence import arms, contrasts, costs, durability, forms, harms, null_results, onset
from euthymia.engines.evidence.tables import all_costs, all_courses, all_durability, all_harms, all_onset
from euthymia.engines.evidence.trials import ArmRow, all_arms, all_contrasts
from euthymia.engines.evidence.vocabulary import COMPARATOR_LABELS, ComparatorType, Outcome, Role, Therapy

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "evidence"
SPELLING = {"anaesthesia": "anesthesia", "randomised": "randomized", "hospitalised": "hospitalized"}


def _curated() -> list[dict[str, str]]:
    path = SHARED / "trials.csv"
    if not path.exists():
        pytest.skip(f"the curated table is not on this machine ({path}); the packaged copy is tested elsewhere")
    return list(csv.DictReader(path.open(encoding="utf-8")))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _spread(row: ArmRow) -> str:
    if row.change_low is not None:
        return f"95% CI {row.change_low:g} to {row.change_high:g}"
    for name, value in (("SD", row.change_sd), ("SE", row.change_se), ("endpoint SD", row.endpoint_sd)):
        if value is not None:
            return f"{name} {value:g}"
    return ""


def test_every_number_equals_the_curated_table():
    """Each of the 169 rows carries the numbers of trials.csv, no more and no fewer."""
    curated, ours = _curated(), all_arms()
    assert len(curated) == len(ours)
    for theirs, row in zip(curated, ours, strict=True):
        where = row.arm_id
        assert (row.study, str(row.year), row.doi) == (theirs["study_id"], theirs["year"], theirs["doi"]), where
        pairs = [
            (row.n, "n_arm"), (row.timepoint_days, "timepoint_days"), (row.baseline_mean, "baseline_mean"),
            (row.baseline_sd, "baseline_sd"), (row.change_mean, "change_mean"), (row.responders, "responders"),
            (row.remitters, "remitters"),
        ]  # fmt: skip
        for value, column in pairs:
            assert value == _number(theirs[column]), (where, column)
        given = theirs["change_sd_or_se"].replace("SE 2.80", "SE 2.8").replace("SD 7.60", "SD 7.6")
        assert _spread(row) == given.replace("SE 1.0", "SE 1"), where
        assert row.dropouts_text == theirs["dropouts"], where
        assert row.serious_text == theirs["serious_adverse_events"], where


def test_every_denominator_is_printed_in_the_curated_row():
    """An observed denominator is never ours: it stands in the note (or is the arm size) of the curated row."""
    for theirs, row in zip(_curated(), all_arms(), strict=True):
        if row.n_observed is not None and row.n_observed != row.n:
            assert str(row.n_observed) in theirs["notes"] + theirs["verification"], row.arm_id


def test_verification_follows_the_curated_words():
    states = {"verified": Verification.READ, "partly": Verification.PARTIAL, "secondary": Verification.UNVERIFIED}
    for theirs, row in zip(_curated(), all_arms(), strict=True):
        word = theirs["verification"].replace(":", " ").split()[0]
        assert row.verification is states[word], row.arm_id


def test_courses_equal_the_sypres_extraction():
    path = SHARED / "psilocybin_arms_sypres.csv"
    if not path.exists():
        pytest.skip(f"the SYPRES table is not on this machine ({path})")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))

    def number(text: str) -> float:
        return float(text.replace(",", "."))

    dose = {"psilocybin": "25 mg", "psilocybin_10mg": "10 mg", "psilocybin_1mg": "1 mg"}
    for row in all_courses():
        seen = set()
        for r in rows:
            if (
                not r["study"].startswith("Goodwin")
                or r["instrument"] != "madrs"
                or "Sustained" in r["study_time_point"]
            ):
                continue
            for side in ("1", "2"):
                if r[f"dose_arm{side}"] == dose[row.form] and number(r["time_days"]) == row.day:
                    if r["outcome_type"] == "change":
                        assert number(r[f"mean_change_arm{side}"]) == row.change_mean
                        assert number(r[f"sd_change_arm{side}"]) == pytest.approx(row.change_sd, abs=1e-4)
                        seen.add("change")
                    if r["outcome_type"] in ("response", "remission"):
                        counted = row.responders if r["outcome_type"] == "response" else row.remitters
                        assert number(r[f"event_arm{side}"]) == counted
                        assert number(r[f"totaln_arm{side}"]) == row.n
                        seen.add(r["outcome_type"])
        assert seen == {"change", "response", "remission"}, row.row_id


@pytest.mark.parametrize(
    "load", [all_arms, all_contrasts, all_durability, all_onset, all_harms, all_costs, all_courses]
)
def test_every_row_names_its_source_and_date(load):
    for row in load():
        assert len(row.source) > 8
        assert row.as_of == date(2026, 11, 23)


def test_contrasts_and_arms_share_their_words():
    for row in all_contrasts():
        assert row.kind in ("trial", "meta_analysis", "registry"), row.contrast_id
        assert row.verdict in ("", "met", "missed", "superior", "no_difference", "noninferior"), row.contrast_id
        if row.comparator_form:
            assert any(row.comparator_form in forms(t) for t in Therapy), row.contrast_id
        if row.favors:
            assert row.favors in (row.form, row.comparator_key), row.contrast_id
        for value in (row.active_pct, row.control_pct):
            assert value is None or 0 <= value <= 100
    assert set(COMPARATOR_LABELS) == set(ComparatorType)


def test_arms_of_one_contrast_agree_on_what_must_be_equal():
    by_contrast: dict[str, list[ArmRow]] = {}
    for row in all_arms():
        by_contrast.setdefault(row.contrast_id, []).append(row)
    for contrast, rows in by_contrast.items():
        for name in ("population", "randomized", "window", "timepoint_days", "primary", "study"):
            assert len({getattr(r, name) for r in rows}) == 1, (contrast, name)


def test_pooled_rows_name_the_trials_they_pool():
    studies = {row.study for row in all_arms()}
    pooled = [row for row in all_arms() if "pooled" in row.study]
    assert pooled and all(row.overlaps for row in pooled)
    assert all(set(row.overlaps) <= studies for row in all_arms())


def test_crossover_and_withdrawal_arms_are_kept_out_of_pools():
    barred = {row.study for row in all_arms() if row.do_not_pool}
    assert barred == {"Zarate2006", "Phillips2019", "SUSTAIN-1"}


def test_null_results_are_as_easy_to_reach_as_positive_ones():
    assert {r.study for r in null_results("vns")} >= {"RECOVER", "VNS_D02_Rush2005"}
    assert {r.study for r in null_results("dbs", "dbs_scc")} >= {"BROADEN"}
    assert {r.study for r in null_results("dbs", "dbs_vcvs")} >= {"RECLAIM_Dougherty2015"}
    assert {r.study for r in null_results("precision")} >= {"PRIME_Care", "GUIDED", "GAPP-MDD"}
    assert {r.study for r in null_results("ketamine")} >= {"TRANSFORM-3", "Takahashi2021_Japan2b", "KARMA-Dep2"}
    assert {r.study for r in null_results("tms", "tms_10hz")} >= {"Yesavage2018_VA"}


def test_queries_leave_unverified_rows_out_unless_asked():
    assert all(row.verification is Verification.READ for row in arms())
    assert len(arms(include_unverified=True)) == 169
    assert not contrasts(study="KADS_Loo2023")
    assert contrasts(study="KADS_Loo2023", include_unverified=True)
    assert arms(therapy="dbs", role="active", form="dbs_scc")[0].responders == 12
    assert all(row.role is Role.CONTROL for row in arms(role="control"))


def test_harms_warn_whatever_their_state_and_serious_ones_can_be_asked_for():
    assert any(row.verification is Verification.UNVERIFIED for row in harms("tms"))
    assert {row.harm for row in harms("tms", "tms_itbs", serious=True)} >= {"seizure"}
    assert all(row.serious for row in harms("dbs", serious=True))
    voice = [row for row in harms("vns", "vns") if row.harm == "voice alteration" and row.when == "10 weeks"]
    assert sorted(row.rate for row in voice if row.rate is not None) == [55, 68]


def test_every_therapy_has_onset_durability_harms_and_burden():
    for therapy in Therapy:
        if therapy is not Therapy.CONTROL:
            assert onset(therapy, include_unverified=True), therapy
            assert durability(therapy, include_unverified=True), therapy
            assert harms(therapy), therapy
    for therapy in ("tms", "ketamine", "dbs", "vns", "psychedelic", "neurofeedback", "precision", "ect"):
        assert costs(therapy), therapy


def test_form_rows_come_before_rows_of_the_whole_therapy():
    rows = onset("tms", "tms_saint")
    assert [row.form for row in rows] == ["tms_saint", ""]
    assert forms("vns") == ("vns",)
    with pytest.raises(InvalidInput, match="therapy"):
        forms("leeches")


def test_events_never_exceed_their_denominator():
    for row in all_arms():
        for outcome in Outcome:
            events = row.events(outcome)
            assert events is None or (row.denominator is not None and events <= row.denominator)
