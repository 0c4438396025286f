"""Rating scales against every number of the clinical reference (scales, outcome words, crosswalks, triage).

Numbers are written out here on purpose, a second time and by hand, so that a slip in a table is seen. Sources are those
of the rows: LOINC, ids-qids.org, Kearns 1982, Zimmerman 2013, Leucht 2018 (10.1016/j.jad.2017.09.042), Carmody 2006
(10.1016/j.euroneuro.2006.04.008), SUSTAIN-3 (10.1007/s40263-023-01026-3), Columbia triage text, and others. Totals and
bands are exact; only the reliable change index has a tolerance, that of its printed decimals.
"""

from __future__ import annotations

import pytest

from euthymia.case.scales import (
    Rater,
    TriageLevel,
    crosswalk,
    mcid,
    programme_change,
    relapse,
    reliable_change,
    remission,
    response,
    scale,
    score,
    triage,
)
from euthymia.core.source import Verification

STRUCTURE = [
    # name, number of items, item range, total range, recall, rater
    ("PHQ-9", 9, (0, 3), (0, 27), "2 weeks", Rater.SELF),
    ("GAD-7", 7, (0, 3), (0, 21), "2 weeks", Rater.SELF),
    ("QIDS-SR16", 16, (0, 3), (0, 27), "7 days", Rater.SELF),
    ("MADRS", 10, (0, 6), (0, 60), "7 days", Rater.CLINICIAN),
    ("CADSS", 23, (0, 4), (0, 92), "now", Rater.CLINICIAN),
    ("CADSS-6", 6, (0, 4), (0, 24), "now", Rater.CLINICIAN),
    ("CGI-S", 1, (1, 7), (1, 7), "7 days", Rater.CLINICIAN),
    ("CGI-I", 1, (1, 7), (1, 7), "since start of treatment", Rater.CLINICIAN),
    ("MEQ-30", 30, (0, 5), (0, 150), "the session", Rater.SELF),
    ("CEQ", 26, (0, 5), (0, 130), "the session", Rater.SELF),
    ("11-ASC", 42, (0, 100), (0, 4200), "the session", Rater.SELF),
    ("5D-ASC", 94, (0, 100), (0, 9400), "the session", Rater.SELF),
    ("EBI", 6, (0, 100), (0, 600), "the session", Rater.SELF),
]


@pytest.mark.parametrize(("name", "n", "item", "total", "recall", "rater"), STRUCTURE)
def test_structure(name: str, n: int, item: tuple[int, int], total: tuple[int, int], recall: str, rater: Rater) -> None:
    found = scale(name)
    assert len(found.items) == n
    assert {(i.minimum, i.maximum) for i in found.items} == {item}
    assert (found.minimum, found.maximum) == total
    assert found.recall == recall and found.rater is rater


def test_ham_d17_has_nine_items_to_four_and_eight_items_to_two() -> None:
    tops = [i.maximum for i in scale("HAM-D17").items]
    assert tops.count(4) == 9 and tops.count(2) == 8 and sum(tops) == 52


@pytest.mark.parametrize(
    ("name", "top"),
    [("HAM-D24", 75), ("HAM-D21", 64), ("HAM-D6", 22), ("BDI-II", 63), ("YMRS", 60), ("IDS-SR30", 84)],
)
def test_ranges_of_scales_held_by_total(name: str, top: int) -> None:
    assert (scale(name).minimum, scale(name).maximum) == (0, top)


def test_fibser_has_three_items_to_six() -> None:
    assert [(i.minimum, i.maximum) for i in scale("FIBSER").items] == [(0, 6)] * 3


BANDS: list[tuple[str, str | None, list[tuple[int, int, str]]]] = [
    ("PHQ-9", None, [(0, 4, "minimal"), (5, 9, "mild"), (10, 14, "moderate"), (15, 19, "moderately severe"),
                     (20, 27, "severe")]),
    ("GAD-7", None, [(0, 4, "minimal"), (5, 9, "mild"), (10, 14, "moderate"), (15, 21, "severe")]),
    ("QIDS-SR16", None, [(0, 5, "none"), (6, 10, "mild"), (11, 15, "moderate"), (16, 20, "severe"),
                         (21, 27, "very severe")]),
    ("MADRS", "Kearns1982", [(0, 7, "recovered"), (8, 15, "mild"), (16, 25, "moderate"), (26, 30, "severe"),
                             (31, 60, "very severe")]),
    ("MADRS", "ProgressInMind", [(0, 6, "remission"), (7, 19, "mild"), (20, 34, "moderate"), (35, 60, "severe")]),
    ("HAM-D17", "Zimmerman2013", [(8, 16, "mild"), (17, 23, "moderate"), (24, 52, "severe")]),
    ("HAM-D17", "Kearns1982", [(0, 7, "normal"), (8, 13, "mild"), (14, 18, "moderate"), (19, 22, "severe"),
                               (23, 52, "very severe")]),
    ("HAM-D17", "Carlat", [(7, 17, "mild"), (18, 24, "moderate"), (25, 52, "severe")]),
    ("HAM-D17", "ProgressInMind", [(0, 6, "normal"), (7, 17, "mild"), (18, 23, "moderate"), (24, 52, "severe")]),
    ("BDI-II", None, [(0, 13, "minimal"), (14, 19, "mild"), (20, 28, "moderate"), (29, 63, "severe")]),
    ("YMRS", None, [(12, 19, "watch"), (20, 60, "mania range")]),
    ("CADSS", None, [(0, 4, "not present"), (5, 92, "dissociation present")]),
    ("FIBSER", None, [(0, 2, "no change needed"), (3, 4, "address side effects"), (5, 6, "change treatment")]),
    ("CGI-S", None, [(1, 1, "normal")]),
    ("CGI-I", None, [(1, 1, "very much improved"), (2, 2, "much improved"), (7, 7, "very much worse")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "band_set", "bands"), BANDS)
def test_bands(name: str, band_set: str | None, bands: list[tuple[int, int, str]]) -> None:
    for low, high, label in bands:
        for total in range(low, high + 1):
            assert score(name, total=total, band_set=band_set).band == label, total


def test_default_sets_are_the_named_ones() -> None:
    assert scale("HAM-D17").default_band_set == "Zimmerman2013"
    assert scale("MADRS").default_band_set == "Kearns1982"


def test_the_example_of_the_readme_scores_fifteen_moderately_severe() -> None:
    result = score("PHQ-9", [2, 2, 2, 2, 2, 2, 1, 1, 1])
    assert (result.total, result.band) == (15, "moderately severe")
    assert [a.code for a in result.alerts] == ["phq9_item9"]


def test_qids_worked_form() -> None:
    # sleep max(1,3,0,0)=3; sadness 2; appetite/weight max(1,0)=1; 2, 1, 0, 2, 3; psychomotor max(1,2)=2
    answers = [1, 3, 0, 0, 2, 1, None, 0, None, 2, 1, 0, 2, 3, 1, 2]
    assert score("QIDS-SR16", answers).total == 3 + 2 + 1 + 2 + 1 + 0 + 2 + 3 + 2


LOINC_PHQ9 = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"]
LOINC_GAD7 = ["69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"]


def test_loinc_codes() -> None:
    phq9, gad7 = scale("PHQ-9"), scale("GAD-7")
    assert [i.loinc for i in phq9.items] == LOINC_PHQ9
    assert (phq9.loinc_panel, phq9.loinc_total, phq9.item("function").loinc) == ("44249-1", "44261-6", "69722-7")
    assert [i.loinc for i in gad7.items] == LOINC_GAD7
    assert (gad7.loinc_panel, gad7.loinc_total) == ("69737-5", "70274-6")
    assert scale("C-SSRS").loinc_total == "93374-7"
    for name in ("QIDS-SR16", "MADRS", "HAM-D17"):
        assert scale(name).loinc_total == ""


# ------------------------------------------------------------------------------------------------- missing items
def test_one_of_nine_and_one_of_seven_may_be_missing_and_one_domain_of_nine() -> None:
    assert score("PHQ-9", [1] * 8 + [None]).total == 9
    assert score("PHQ-9", [1] * 7 + [None] * 2).total is None
    assert score("GAD-7", [1] * 6 + [None]).total == 7
    assert score("GAD-7", [1] * 5 + [None] * 2).total is None


# ------------------------------------------------------------------------------------------------- outcome words
@pytest.mark.parametrize(
    ("name", "definition", "last", "verification"),
    [
        ("MADRS", "COMP001", 10, Verification.READ),
        ("MADRS", "ESCAPE-TRD", 10, Verification.READ),
        ("MADRS", "esketamine_programme", 12, Verification.READ),
        ("HAM-D17", None, 7, Verification.READ),
        ("HAM-D24", None, 10, Verification.UNVERIFIED),
        ("QIDS-SR16", None, 5, Verification.READ),
        ("PHQ-9", None, 4, Verification.READ),
    ],
)
def test_remission(name: str, definition: str | None, last: int, verification: Verification) -> None:
    assert remission(last, name, definition=definition).met
    assert not remission(last + 1, name, definition=definition).met
    assert remission(last, name, definition=definition).source.verification is verification


@pytest.mark.parametrize(
    ("definition", "percent", "verification"),
    [
        ("standard", 50, Verification.READ),
        ("BROADEN", 40, Verification.READ),
        ("VNS_meaningful", 30, Verification.READ),
        ("COMP006", 25, Verification.READ),
        ("partial", 25, Verification.UNVERIFIED),
    ],
)
def test_response(definition: str, percent: int, verification: Verification) -> None:
    now = 40 - 40 * percent // 100
    assert response(40, now, "MADRS", definition=definition).met
    assert not response(40, now + 1, "MADRS", definition=definition).met
    assert response(40, now, "MADRS", definition=definition).source.verification is verification


def test_partial_response_ends_below_fifty_percent() -> None:
    assert response(100 // 2, 26, "MADRS", definition="partial").met  # 48 %
    assert not response(50, 25, "MADRS", definition="partial").met


def test_relapse() -> None:
    assert relapse([11], "QIDS-SR16", definition="STAR*D") and not relapse([10], "QIDS-SR16")
    assert relapse([20], "HAM-D24", definition="TMS_durability") and not relapse([19], "HAM-D24")
    assert relapse([22, 22], "MADRS", definition="esketamine_trials")
    assert not relapse([22, 21], "MADRS", definition="esketamine_trials")
    assert relapse([22], "MADRS", definition="esketamine_trials").source.verification is Verification.UNVERIFIED
    assert not relapse([60 * 6 // 10], "MADRS", definition="VNS_registry", baseline=60)  # 40 % kept
    assert relapse([37], "MADRS", definition="VNS_registry", baseline=60)


# ------------------------------------------------------------------------------------------------- change
def test_reliable_change_worked_check() -> None:
    found = reliable_change(20, 13, sd=6.1, reliability=0.84)
    assert found.sem == pytest.approx(2.44, abs=0.005)
    assert found.threshold == pytest.approx(6.76, abs=0.005)
    assert found.whole_points == 7 and found.z == 1.96
    assert found.verdict == "improved"
    assert reliable_change(20, 14, sd=6.1, reliability=0.84).verdict == "no reliable change"
    assert reliable_change(13, 20, sd=6.1, reliability=0.84).verdict == "deteriorated"


def test_talking_therapies_rules() -> None:
    assert programme_change(15, 9, "PHQ-9").verdict == "improved"
    assert programme_change(15, 10, "PHQ-9").verdict == "no reliable change"
    assert programme_change(15, 9, "PHQ-9").recovered and not programme_change(16, 10, "PHQ-9").recovered
    assert programme_change(11, 7, "GAD-7").verdict == "improved"
    assert programme_change(11, 8, "GAD-7").verdict == "no reliable change"
    assert programme_change(11, 7, "GAD-7").recovered and not programme_change(12, 8, "GAD-7").recovered


def test_important_differences() -> None:
    held = {(r.scale, r.points, r.percent) for name in ("PHQ-9", "GAD-7", "HAM-D17", "MADRS") for r in mcid(name)}
    assert held == {
        ("PHQ-9", 3.7, 23), ("PHQ-9", 14, 52), ("PHQ-9", None, 20), ("PHQ-9", 5, None), ("GAD-7", 3.3, 28),
        ("HAM-D17", 11, None), ("HAM-D17", 3, None), ("MADRS", 2, None), ("MADRS", 6, None),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------- crosswalks
IDS_QIDS_ORG = """
0 0-3 0 0-1 0-1 | 1 4-5 1-2 2 2 | 2 6 3 3 3-4 | 3 7-8 4 4 5 | 4 9-11 5-6 5-6 6-7 | 5 12-13 7 7-8 8-9 | 6 14-16 8 9 10-11
| 7 17-18 9-10 10 12 | 8 19-21 11 11-12 13-14 | 9 22-23 12 13 15-16 | 10 24-25 13 14-15 17-18 | 11 26-28 14-15 16 19
| 12 29-30 16 17 20-21 | 13 31-33 17 18-19 22-23 | 14 34-36 18-19 20-21 24-25 | 15 37-38 18-19 22 26
| 16 39-40 20 23 27-28
| 17 41-43 21-22 24-25 29-30 | 18 44-45 23 26 31-32 | 19 46-47 24 27 33 | 20 48 25 28 34 | 21 49-53 26-27 29-31 35-38
| 22 54-55 28 32 39 | 23 56-58 29 33-34 40-41 | 24 59-61 30-31 35-36 42-44 | 25 62-64 32 37-38 45-46
| 26 65-67 33-35 39-41 47-49 | 27 68-84 36-52 42-64 50-75
"""


@pytest.mark.parametrize("row", IDS_QIDS_ORG.replace("\n", " ").split("|"))
def test_qids_ids_hrsd_table(row: str) -> None:
    qids, *others = row.split()
    for name, printed in zip(("IDS-SR30", "HAM-D17", "HAM-D21", "HAM-D24"), others, strict=True):
        low, _, high = printed.partition("-")
        (found,) = [c for c in crosswalk(int(qids), "QIDS-SR16", name) if c.method == "published table"]
        assert (found.low, found.high) == (int(low), int(high or low))
        assert found.midpoint == (found.low + found.high) / 2


def test_the_two_print_slips_are_said() -> None:
    (both,) = crosswalk(18, "HAM-D17", "QIDS-SR16")
    assert (both.low, both.high) == (14, 15) and "both QIDS 14 and 15" in str(both)
    (slip,) = crosswalk(62, "IDS-SR30", "QIDS-SR16")
    assert slip.low == slip.high == 25 and "62-64" in str(slip)


@pytest.mark.parametrize(("hamd", "madrs"), [(10, 13), (20, 26), (30, 39), (40, 52.5)])
def test_leucht_equipercentile_scores(hamd: int, madrs: float) -> None:
    (found,) = [c for c in crosswalk(hamd, "HAM-D17", "MADRS") if c.method == "equipercentile"]
    assert found.midpoint == madrs
    (back,) = [c for c in crosswalk(int(madrs), "MADRS", "HAM-D17") if c.method == "equipercentile"]
    assert back.midpoint == hamd


@pytest.mark.parametrize(("hamd", "madrs"), [(10, 12), (20, 26), (25, 34)])
def test_leucht_equipercentile_improvement(hamd: int, madrs: int) -> None:
    (found,) = crosswalk(hamd, "HAM-D17", "MADRS", kind="improvement")
    assert found.low <= madrs <= found.high and found.midpoint == madrs


def test_carmody_item_response_anchors() -> None:
    (madrs,) = crosswalk(7, "HAM-D17", "MADRS")
    assert (madrs.low, madrs.high, madrs.method) == (8, 9, "item response theory")
    (six,) = crosswalk(7, "HAM-D17", "HAM-D6")
    assert six.midpoint == 4
    assert crosswalk(5, "QIDS-SR16", "MADRS")[0].midpoint == 7.5


@pytest.mark.parametrize(
    ("qids", "low", "high"), [(0, 0, 8), (6, 9, 17), (10, 9, 17), (11, 18, 24), (16, 25, 33), (21, 34, 60)]
)
def test_qids_bands_against_madrs(qids: int, low: int, high: int) -> None:
    (found,) = [c for c in crosswalk(qids, "QIDS-SR16", "MADRS") if c.method == "band to band"]
    assert (found.low, found.high) == (low, high)


# ------------------------------------------------------------------------------------------------- suicide safety
@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ((False, False, None, None, None, False, None), TriageLevel.NONE_IDENTIFIED),
        ((True, False, None, None, None, False, None), TriageLevel.LOW),
        ((False, True, False, False, False, False, None), TriageLevel.LOW),
        ((True, True, False, False, False, False, None), TriageLevel.LOW),
        ((False, True, True, False, False, False, None), TriageLevel.MODERATE),
        ((False, False, None, None, None, True, False), TriageLevel.MODERATE),
        ((False, True, False, True, False, False, None), TriageLevel.HIGH),
        ((False, True, False, False, True, False, None), TriageLevel.HIGH),
        ((False, False, None, None, None, True, True), TriageLevel.HIGH),
    ],
)
def test_columbia_triage(answers: tuple[bool | None, ...], level: TriageLevel) -> None:
    result = triage(*answers)
    assert result.level is level and result.is_complete


def test_item_thresholds_that_ask_for_a_same_day_screener() -> None:
    assert score("PHQ-9", [0] * 8 + [1]).alerts[0].level.value == "same_day"
    for value, expected in ((1, 0), (2, 1)):
        answers = [0] * 16
        answers[11] = value
        assert len(score("QIDS-SR16", answers).alerts) == expected
