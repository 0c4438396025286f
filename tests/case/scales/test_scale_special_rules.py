"""QIDS domains, HAM-D weight, FIBSER burden, CADSS subtotal, and factor scales."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.scales import band_sets, scale, score
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification

QIDS_DOMAINS = [
    (1, 2, 3, 4), (5,), (6, 7, 8, 9), (10,), (11,), (12,), (13,), (14,), (15, 16),
]  # fmt: skip


@st.composite
def qids_forms(draw: st.DrawFn) -> list[int | None]:
    answers: list[int | None] = list(draw(st.lists(st.integers(0, 3), min_size=16, max_size=16)))
    for first, second in ((6, 7), (8, 9)):
        answers[draw(st.sampled_from((first, second))) - 1] = draw(st.sampled_from((None, 0)))
    return answers


@given(qids_forms())
def test_qids_total_is_the_sum_of_the_highest_item_of_each_domain(answers: list[int | None]) -> None:
    expected = [max(a for i in d if (a := answers[i - 1]) is not None) for d in QIDS_DOMAINS]
    result = score("QIDS-SR16", answers)
    assert [value for _, value in result.domains] == expected
    assert result.total == sum(expected)
    assert not result.is_prorated


@pytest.mark.parametrize(("first", "second"), [(6, 7), (8, 9)])
def test_qids_two_answers_in_an_exclusive_pair_are_refused_unless_one_is_zero(first: int, second: int) -> None:
    answers: list[int | None] = [0] * 16
    answers[first - 1], answers[second - 1] = 1, 2
    with pytest.raises(InvalidInput, match="only one of"):
        score("QIDS-SR16", answers)
    for empty in (0, None):
        answers[first - 1] = empty
        assert score("QIDS-SR16", answers).total == 2


def test_qids_one_missing_domain_is_prorated_and_two_are_not() -> None:
    answers: list[int | None] = [1] * 16
    answers[6] = answers[8] = None
    answers[9] = None  # concentration: a domain of one item
    result = score("QIDS-SR16", answers)
    assert result.total == 9  # 8 of 9 domains at 1
    assert result.is_prorated and "unanswered: domain concentration" in result.flags
    answers[12] = None  # interest
    assert score("QIDS-SR16", answers).total is None


def test_qids_domain_counts_as_answered_when_one_of_its_items_is() -> None:
    answers: list[int | None] = [0] * 16
    answers[0:4] = [None, 3, None, None]
    result = score("QIDS-SR16", answers)
    assert result.domain("sleep") == 3 and result.total == 3 and not result.is_prorated


def test_ham_d17_takes_weight_by_history_or_measured_but_not_both() -> None:
    seventeen = [1] * 17
    assert score("HAM-D17", seventeen).total == 17
    base: list[int | None] = [1] * 15
    assert score("HAM-D17", [*base, 2, None, 0]).total == 17
    assert score("HAM-D17", [*base, None, 2, 0]).total == 17
    assert score("HAM-D17", [*base, None, None, 0]).total is None
    with pytest.raises(InvalidInput, match="never both"):
        score("HAM-D17", [*base, 1, 0, 0])
    with pytest.raises(InvalidInput, match="16B"):
        score("HAM-D17", [*base, None, 3, 0])


def test_fibser_is_its_burden_item_and_the_items_are_not_added() -> None:
    result = score("FIBSER", [6, 6, 2])
    assert result.total == 2 and result.band == "no change needed"
    assert result.domains == (("frequency", 6), ("intensity", 6), ("burden", 2))
    unknown = score("FIBSER", [6, 6, None])
    assert unknown.total is None and unknown.band is None
    assert score("FIBSER", [None, None, 5]).band == "change treatment"


def test_cadss_shows_the_six_item_subtotal_of_its_own_items() -> None:
    answers: list[int | None] = [0] * 23
    for item in (1, 2, 6, 7, 15, 22):
        answers[item - 1] = 4
    assert score("CADSS", answers).domain("CADSS-6") == 24
    assert score("CADSS-6", [4] * 6).total == 24
    answers[0] = None
    assert score("CADSS", answers).domain("CADSS-6") is None
    assert score("CADSS", total=30).domains == ()


MEQ = {"mystical": 15, "positive_mood": 6, "transcendence": 6, "ineffability": 3}
CEQ = {"fear": 5, "grief": 6, "physical_distress": 5, "insanity": 3, "isolation": 3, "death": 2, "paranoia": 2}


@pytest.mark.parametrize(("name", "structure"), [("MEQ-30", MEQ), ("CEQ", CEQ)])
@given(data=st.data())
def test_a_factor_is_the_percent_of_its_maximum(name: str, structure: dict[str, int], data: st.DataObject) -> None:
    answers = {f: data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)) for f, n in structure.items()}
    result = score(name, answers)
    for factor, given_answers in answers.items():
        assert result.domain(factor) == pytest.approx(100 * sum(given_answers) / (5 * len(given_answers)))
    assert result.total == sum(map(sum, answers.values()))
    assert dict(scale(name).factors) == structure


def test_complete_mystical_experience_needs_every_factor_at_sixty_percent() -> None:
    at_limit = {factor: [3] * n for factor, n in MEQ.items()}
    assert score("MEQ-30", at_limit).band == "complete mystical experience"
    assert score("MEQ-30", at_limit | {"ineffability": [3, 3, 2]}).band == "not complete"
    assert score("MEQ-30", at_limit | {"ineffability": [3, 3, None]}).band is None
    assert score("MEQ-30", at_limit).verification is Verification.UNVERIFIED


def test_meq30_list_in_form_order_equals_the_grouped_input_and_is_flagged() -> None:
    in_form = [0] * 30
    for place in (3, 10, 29):
        in_form[place - 1] = 5
    result = score("MEQ-30", in_form)
    assert result.domain("ineffability") == 100 and result.domain("mystical") == 0
    assert any("not checked against the paper" in flag for flag in result.flags)
    assert sorted(int(i.code) for i in scale("MEQ-30").items) == list(range(1, 31))


def test_ceq_refuses_a_plain_list_because_its_item_order_is_not_verified() -> None:
    with pytest.raises(InvalidInput, match="not verified"):
        score("CEQ", [0] * 26)


@pytest.mark.parametrize(
    "bad", [{"joy": [1]}, {"fear": [1] * 4}, {"fear": [6] * 5}, {"fear": [True] * 5}, {"fear": "00000"}]
)
def test_factor_answers_that_do_not_fit_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        score("CEQ", bad)  # type: ignore[arg-type]


def test_an_unanswered_factor_is_not_scored_and_leaves_no_total() -> None:
    result = score("CEQ", {"Physical distress": [1] * 5})
    assert result.domain("physical_distress") == 20
    assert result.domain("fear") is None and result.total is None
    with pytest.raises(InvalidInput, match="by factor"):
        score("CEQ", total=30)


def test_competing_band_sets_stay_apart_with_one_default_each() -> None:
    assert [s.name for s in band_sets("HAM-D17")] == ["Zimmerman2013", "Carlat", "Kearns1982", "ProgressInMind"]
    for name in ("MADRS", "HAM-D17", "PHQ-9", "QIDS-SR16"):
        assert [s.is_default for s in band_sets(name)].count(True) == 1
