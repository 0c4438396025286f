"""Scoring by items and by total: sums, missing items, alerts, and refusal of what is not an answer."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.scales import AlertLevel, Entry, ScaleDefinition, scale, scales, score
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification

SUMMED = ("PHQ-9", "GAD-7", "MADRS", "HAM-D17", "CADSS", "CADSS-6", "CGI-S", "CGI-I")
BY_ITEMS = (*SUMMED, "QIDS-SR16", "FIBSER", "C-SSRS")
BY_TOTAL = ("IDS-SR30", "HAM-D24", "HAM-D21", "HAM-D6", "BDI-II", "YMRS")


def filled(definition: ScaleDefinition) -> st.SearchStrategy[list[int]]:
    return st.tuples(*(st.integers(i.minimum, i.maximum) for i in definition.items)).map(list)


@pytest.mark.parametrize("name", SUMMED)
@given(data=st.data())
def test_total_is_the_sum_of_the_items_and_does_not_depend_on_how_equal_items_are_permuted(
    name: str, data: st.DataObject
) -> None:
    definition = scale(name)
    answers = data.draw(filled(definition))
    result = score(name, answers)
    assert result.total == sum(answers)
    assert result.items == tuple(answers)
    assert definition.minimum is not None and definition.maximum is not None
    assert definition.minimum <= result.total <= definition.maximum
    if len({(i.minimum, i.maximum) for i in definition.items}) == 1:
        shuffled = random.Random(len(answers)).sample(answers, len(answers))
        assert score(name, shuffled).total == result.total
        assert score(name, shuffled).band == result.band


@pytest.mark.parametrize("name", BY_ITEMS)
@pytest.mark.parametrize("bad", [2.0, 1.5, math.nan, "1", True, object()])
def test_an_answer_that_is_not_a_whole_number_is_refused_and_the_item_named(name: str, bad: object) -> None:
    if name == "C-SSRS" and bad is True:
        return  # yes/no questions take booleans
    definition = scale(name)
    answers: list[object] = [i.minimum for i in definition.items]
    answers[-1] = bad
    with pytest.raises(InvalidInput, match=definition.items[-1].code):
        score(name, answers)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", BY_ITEMS)
def test_out_of_range_is_refused_and_never_clamped(name: str) -> None:
    definition = scale(name)
    for place, item in enumerate(definition.items):
        for bad in (item.minimum - 1, item.maximum + 1):
            answers = [i.minimum for i in definition.items]
            answers[place] = bad
            with pytest.raises(InvalidInput, match=f"from {item.minimum} to {item.maximum}"):
                score(name, answers)


@pytest.mark.parametrize("name", BY_ITEMS)
@given(length=st.integers(0, 40))
def test_a_wrong_number_of_answers_is_refused(name: str, length: int) -> None:
    definition = scale(name)
    if length == len(definition.items) or (name == "HAM-D17" and length == 18):
        return
    with pytest.raises(InvalidInput, match="exactly"):
        score(name, [definition.items[0].minimum] * length)


@pytest.mark.parametrize("answers", ["222222111", {"a": [1]}, 3, {1, 2}])
def test_answers_that_are_not_a_list_are_refused(answers: object) -> None:
    with pytest.raises(InvalidInput, match="list of 9"):
        score("PHQ-9", answers)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [d.name for d in scales() if d.entry in (Entry.ITEMS, Entry.TOTAL)])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, True, "15", 3.5, -1, 1000])
def test_a_total_that_is_not_a_total_of_the_scale_is_refused(name: str, bad: object) -> None:
    with pytest.raises(InvalidInput, match="total"):
        score(name, total=bad)  # type: ignore[arg-type]


def test_both_and_neither_of_answers_and_total_are_refused() -> None:
    with pytest.raises(InvalidInput, match="both"):
        score("PHQ-9", [0] * 9, total=0)
    with pytest.raises(InvalidInput, match="neither"):
        score("PHQ-9")


@pytest.mark.parametrize("name", BY_TOTAL)
def test_scales_held_by_total_take_a_total_and_refuse_items(name: str) -> None:
    top = scale(name).maximum
    assert top is not None
    assert score(name, total=float(top)).total == top
    with pytest.raises(InvalidInput, match="total only"):
        score(name, [0] * 21)
    with pytest.raises(InvalidInput, match="total"):
        score(name)


@pytest.mark.parametrize("name", ["PHQ-9", "GAD-7"])
@given(data=st.data())
def test_one_missing_item_is_prorated_half_up_and_flagged(name: str, data: st.DataObject) -> None:
    definition = scale(name)
    answers: list[int | None] = list(data.draw(filled(definition)))
    answers[data.draw(st.integers(0, len(answers) - 1))] = None
    known = sum(a for a in answers if a is not None)
    exact = known * len(answers) / (len(answers) - 1)
    result = score(name, answers)
    assert result.total == math.floor(exact + 0.5)
    assert result.is_prorated
    assert definition.maximum is not None and result.total <= definition.maximum


def test_proration_rounds_half_up_not_to_even() -> None:
    assert score("PHQ-9", [1, 1, 1, 1, 0, 0, 0, None, 0]).total == 5  # 4.5
    assert score("GAD-7", [1, 1, 1, 0, 0, 0, None]).total == 4  # 3.5


@pytest.mark.parametrize("name", ["PHQ-9", "GAD-7"])
def test_two_missing_items_leave_no_total_no_band_and_a_flag_that_says_why(name: str) -> None:
    n = len(scale(name).items)
    result = score(name, [None, None] + [1] * (n - 2))
    assert result.total is None
    assert result.band is None
    assert any("too many items missing" in flag for flag in result.flags)
    assert "unanswered: item 1, 2" in result.flags
    assert score(name, [None] * n).total is None


@pytest.mark.parametrize("name", ["MADRS", "HAM-D17", "CADSS", "CADSS-6", "CGI-S"])
def test_scales_without_a_published_missing_rule_are_never_prorated(name: str) -> None:
    answers: list[int | None] = [i.maximum for i in scale(name).items]
    answers[0] = None
    result = score(name, answers)
    assert result.total is None and result.band is None
    assert any("no proration rule" in flag for flag in result.flags)


SAFETY = [("PHQ-9", 9, 1), ("QIDS-SR16", 12, 2), ("MADRS", 10, 2), ("HAM-D17", 3, 2)]


@pytest.mark.parametrize(("name", "item", "threshold"), SAFETY)
def test_the_item_on_suicide_raises_a_same_day_alert_from_its_threshold_on(
    name: str, item: int, threshold: int
) -> None:
    items = scale(name).items
    for value in range(items[item - 1].maximum + 1):
        answers = [0] * len(items)
        answers[item - 1] = value
        alerts = score(name, answers).alerts
        if value >= threshold:
            assert [a.level for a in alerts] == [AlertLevel.SAME_DAY]
            assert "C-SSRS" in alerts[0].statement and f"answered {value}" in alerts[0].statement
        else:
            assert alerts == ()


@pytest.mark.parametrize(("name", "item", "threshold"), SAFETY)
def test_an_unanswered_safety_item_is_an_alert_even_when_the_total_is_prorated(
    name: str, item: int, threshold: int
) -> None:
    answers: list[int | None] = [0] * len(scale(name).items)
    answers[item - 1] = None
    alerts = score(name, answers).alerts
    assert [a.code for a in alerts] == ["safety_item_unanswered"]
    assert alerts[0].statement.startswith("Safety item unanswered")


@pytest.mark.parametrize("name", ["PHQ-9", "QIDS-SR16", "MADRS", "HAM-D17", "HAM-D24", "BDI-II", "IDS-SR30"])
def test_a_total_alone_says_that_the_safety_item_was_not_seen(name: str) -> None:
    assert [a.code for a in score(name, total=10).alerts] == ["safety_item_not_seen"]
    assert score("YMRS", total=10).alerts == ()


@pytest.mark.parametrize("name", ["PHQ-9", "phq9", "Phq 9", " PHQ_9 "])
def test_names_match_without_capitals_spaces_and_hyphens(name: str) -> None:
    assert score(name, total=3).scale == "PHQ-9"


@pytest.mark.parametrize(
    ("alias", "name"), [("HRSD17", "HAM-D17"), ("hdrs-24", "HAM-D24"), ("QIDS", "QIDS-SR16"), ("cssrs", "C-SSRS")]
)
def test_common_aliases_are_understood(alias: str, name: str) -> None:
    assert scale(alias).name == name


def test_an_unknown_scale_lists_the_known_ones_and_the_closest() -> None:
    with pytest.raises(InvalidInput, match=r"MADRS.*Did you mean PHQ-9\?"):
        score("PHQ-99", [0])
    with pytest.raises(InvalidInput, match="HAM-D17"):
        scale("HAM-D")  # 17 or 24 is not guessed
    with pytest.raises(InvalidInput):
        scale(9)  # type: ignore[arg-type]


def test_no_two_scales_answer_to_the_same_name() -> None:
    owner: dict[str, str] = {}
    for definition in scales():
        for name in (definition.name, *definition.aliases):
            assert owner.setdefault("".join(filter(str.isalnum, name.casefold())), definition.name) == definition.name


def test_band_sets_are_chosen_by_name_and_an_unknown_one_is_refused() -> None:
    assert score("MADRS", total=20).band_set == "Kearns1982"
    assert score("MADRS", total=20).band == "moderate"
    assert score("MADRS", total=34, band_set="progressinmind").band == "moderate"
    assert score("MADRS", total=34, band_set="Kearns1982").band == "very severe"
    with pytest.raises(InvalidInput, match="Kearns1982, ProgressInMind"):
        score("MADRS", total=20, band_set="Zimmerman2013")
    with pytest.raises(InvalidInput, match="no bands"):
        score("IDS-SR30", total=20, band_set="Kearns1982")


def test_a_band_set_that_overlaps_shows_the_graver_band_and_says_so() -> None:
    result = score("HAM-D17", total=24, band_set="ProgressInMind")
    assert result.band == "severe"
    assert any("both 'moderate' and 'severe'" in flag for flag in result.flags)
    assert not any("both" in f for f in score("HAM-D17", total=23, band_set="ProgressInMind").flags)


def test_a_total_below_the_first_band_of_a_set_has_no_band_and_says_so() -> None:
    result = score("HAM-D17", total=6, band_set="Carlat")
    assert result.band is None
    assert any("do not cover 6" in flag for flag in result.flags)


def test_printing_a_score_shows_total_band_alert_and_source() -> None:
    text = str(score("PHQ-9", [2, 2, 2, 2, 2, 2, 1, 1, 1]))
    for part in ("PHQ-9: 15 (range 0–27), moderately severe", "LL382-3", "same day", "source:"):
        assert part in text


def test_the_verification_of_a_score_is_the_weaker_of_rule_and_band() -> None:
    assert score("PHQ-9", [0] * 9).verification is Verification.READ
    assert score("YMRS", total=20).verification is Verification.UNVERIFIED
