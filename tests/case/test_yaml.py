"""The case file: what it holds is what is read, and what is not as documented is refused by name and line."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from euthymia.case.facts import (
    Finding,
    ListReviewed,
    Medication,
    ScaleRecord,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    Vital,
)
from euthymia.case.files import case_text, parse_case, template_text
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput

HEAD = "euthymia: 1\ncase_id: a\nas_of: 2026-11-20\n"


def read(text: str, folder: Path = Path()) -> Case:
    return parse_case(text, name="case.yaml", folder=folder).case


def refused(text: str, folder: Path = Path()) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(text, folder)
    return caught.value


def test_template_holds_every_kind_a_clinician_fills_in() -> None:
    case = read(template_text())
    assert (case.case_id, case.synthetic, case.country, case.age_yr) == ("example-1", True, "US", 47)
    assert [t.kind for t in case.trials].count(TrialKind.DRUG) == 2
    assert {m.name for m in case.medications} == {"venlafaxine XR", "lorazepam", "levothyroxine"}
    assert {e.fact.code: e.fact.present for e in case.of(Finding)}["aneurysmal_vascular_disease"] is None
    assert {e.fact.category for e in case.of(ListReviewed)} >= {"implant", "medication"}
    assert case.scores("PHQ-9")[0].fact.answers == (3, 3, 2, 3, 1, 3, 2, 1, 1)
    assert case.of(SuicideScreen)[0].fact.wish_to_be_dead is True
    assert case.weight_kg == 81


def test_template_survives_writing_and_reading() -> None:
    case = read(template_text())
    assert read(case_text(case, "yaml")) == case


def test_country_no_is_norway_and_on_is_a_key() -> None:
    case = read(HEAD + "birth_date: 1980-01-01\ncountry: NO\nscales:\n - {scale: MADRS, on: 2026-11-01, total: 30}\n")
    assert case.country == "NO"
    assert case.of(ScaleRecord)[0].day == date(2026, 11, 1)


def test_what_is_not_dated_is_the_state_at_as_of_and_what_ended_happened_then() -> None:
    case = read(HEAD + "medications: [{name: lithium, ended_on: 2026-02-03}, lithium]\n")
    first, second = case.of(Medication)
    assert first.day == date(2026, 2, 3)
    assert second.happened_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert [m.ended_on for m in case.medications] == [None]


def test_history_entry_may_name_its_kind_and_leave_the_name() -> None:
    case = read(HEAD + "history: [{ect: , sessions: 10}, {kind: drug, name: sertraline}, {drug: bupropion XL}]\n")
    assert {(e.fact.kind.value, e.fact.name) for e in case.of(TreatmentTrial)} == {
        ("ect", "ect"), ("drug", "sertraline"), ("drug", "bupropion XL"),
    }  # fmt: skip


def test_vitals_of_one_moment_are_one_entry_and_a_time_of_day_is_kept() -> None:
    text = HEAD.replace("2026-11-20", "2026-11-20T18:00:00Z")
    case = read(text + "vitals: [{on: 2026-11-20T09:30:00+01:00, systolic_bp: 128, diastolic_bp: 82}]\n")
    assert {e.fact.name: e.fact.value for e in case.of(Vital)} == {"systolic_bp": 128, "diastolic_bp": 82}
    assert case.of(Vital)[0].happened_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert read(case_text(case, "yaml")) == case


@pytest.mark.parametrize(
    ("line", "argument", "message"),
    [
        ("episod: {started_on: 2026-01-01}", "episod", "Did you mean `episode`?"),
        ("medications: [{nmae: lithium}]", "medications[0].nmae", "Did you mean `name`?"),
        ('history: [{drug: sertraline, dose_mg_day: "50"}]', "history[0].dose_mg_day", "Remove the quotes"),
        ("history: [{drug: sertraline, dose_mg_day: 50 mg}]", "history[0].dose_mg_day", "the number alone"),
        ("history: [{drug: sertraline, dose_mg_day: -50}]", "history[0].dose_mg_day", "20000"),
        ("history: [{drug: sertraline, tms: x}]", "history[0]", "one treatment an entry"),
        ("history: [{sessions: 3}]", "history[0]", "begins with one of drug"),
        ("history: [{drug: }]", "history[0].drug", "the name of the treatment"),
        ("history: [{drug: a, started_on: 2026-05-01, ended_on: 2026-04-01}]", "history[0].ended_on", "on or after"),
        ("history: [{drug: a, outcome: respons}]", "history[0].outcome", "Did you mean `response`?"),
        ("scales: [{scale: PHQ-9, total: 3}]", "scales[0].on", "required"),
        ("scales: [{scale: PHQ9000, on: 2026-11-01, total: 3}]", "scales[0].scale", "PHQ-9"),
        ("scales: [{scale: PHQ-9, on: 2026-12-01, total: 3}]", "scales[0].on", "not after as_of"),
        (
            "scales: [{scale: PHQ-9, on: 2026-11-01, answers: [1,1,1,1,1,1,1,1,1,1]}]",
            "scales[0].answers",
            "exactly 9",
        ),
        ("scales: [{scale: MADRS, on: 2026-11-01, total: 61}]", "scales[0].total", "0 to 60"),
        ("vitals: [{on: 2026-11-01, systolic: 120}]", "vitals[0].systolic", "Did you mean `systolic_bp`?"),
        ("vitals: [{on: 2026-11-01, systolic_bp: 1200}]", "vitals[0].systolic_bp", "40 to 320"),
        ("labs: [{analyte: tsh, value: 2, unit: mIU/l, on: 2026-11-01}]", "labs[0].unit", "mIU/L"),
        ("conditions: {sleep_apnoea: yes}", "conditions.sleep_apnoea", "Did you mean `sleep_apnea`?"),
        ("conditions: {sleep_apnea: maybe}", "conditions.sleep_apnea", "yes, no or unknown"),
        ("reviewed: [heart]", "reviewed[0].category", "cardiovascular"),
        ("birth_date: 2027-01-01", "birth_date", "not after as_of"),
        ("birth_date: 1980-13-01", "birth_date", "YYYY-MM-DD"),
        ("birth_date: 1980-01-01\ncountry: Norway", "country", "two-letter"),
        ("birth_date: 1980-01-01\nepisode: {started_on: 1979-01-01}", "episode.started_on", "not before birth_date"),
        ("attachments: [{kind: vcf, path: three-gigabytes.vcf.gz}]", "attachments[0].path", "three-gigabytes.vcf.gz"),
        ("notes: [{text: a, on: 2026-11-01T10:00}]", "notes[0].on", "time zone"),
        ("synthetic: 1", "synthetic", "yes or no"),
        ("author: 7", "author", 'in quotes: "7"'),
    ],
)
def test_a_slip_is_refused_with_its_path_and_the_next_step(line: str, argument: str, message: str) -> None:
    error = refused(HEAD + line + "\n")
    assert error.argument == argument
    assert message in str(error)
    assert "case.yaml, line " in str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "twice (lines 1 and 2)"),
        ("a: &x [1]\nb: *x\n", "anchor"),
        ("a: !!python/object/apply:os.system [ls]\n", "tag"),
        ("a: [1, 2\n", "line"),
        ("---\na: 1\n---\nb: 2\n", "one YAML document"),
        ("just words\n", "euthymia: 1"),
        ("case_id: a\nas_of: 2026-11-20\n", "euthymia: 1"),
        ("euthymia: 2\ncase_id: a\nas_of: 2026-11-20\n", "allowed: 1"),
        ("euthymia: 1\nas_of: 2026-11-20\n", "`case_id` is 'absent'"),
        ("euthymia: 1\ncase_id: a\n", "`as_of` is 'absent'"),
        ("[" * 300, "levels"),
    ],
)
def test_a_file_that_is_no_case_file_is_refused(text: str, message: str) -> None:
    assert message in str(refused(text))


def test_a_file_that_speaks_of_tomorrow_is_refused_when_now_is_known() -> None:
    now = datetime(2026, 11, 19, 9, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="as_of"):
        parse_case(HEAD, name="case.yaml", folder=Path(), now=now)
    in_the_pacific_it_is_the_20th = datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert parse_case(HEAD, name="case.yaml", folder=Path(), now=in_the_pacific_it_is_the_20th).case.case_id == "a"


def test_attachment_is_hashed_on_load_and_known_by_its_hash_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "x.vcf").write_bytes(b"##fileformat=VCFv4.2\n")
    case = read(HEAD + "attachments: [{kind: vcf, path: x.vcf}]\n", tmp_path)
    (attachment,) = (e.fact for e in case.events)
    assert attachment.sha256 == hashlib.sha256(b"##fileformat=VCFv4.2\n").hexdigest()
    assert (attachment.size_bytes, attachment.path) == (21, str(tmp_path / "x.vcf"))
    text = case_text(case, "yaml")
    assert read(text) == case
    (tmp_path / "x.vcf").write_bytes(b"changed")
    assert "not the one that was attached" in str(refused(text))
    (tmp_path / "x.vcf").unlink()
    assert read(text) == case
