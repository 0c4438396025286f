"""Scales of the psychedelic experience: subscale means, factor sums, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.scales import scale, score
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification

FACTOR_SCALES = ["MEQ-30", "CEQ", "11-ASC", "5D-ASC", "EBI"]


@pytest.mark.parametrize("name", FACTOR_SCALES)
@given(data=st.data())
def test_a_sum_scores_like_the_answers_it_adds_up(name: str, data: st.DataObject) -> None:
    top = scale(name).items[0].maximum
    answers = {f: data.draw(st.lists(st.integers(0, top), min_size=n, max_size=n)) for f, n in scale(name).factors}
    by_items, by_sums = score(name, answers), score(name, {f: sum(a) for f, a in answers.items()})
    assert by_sums.domains == by_items.domains
    assert by_sums.total == by_items.total == sum(map(sum, answers.values()))
    assert by_sums.band == by_items.band
    assert all("not kept" in flag for flag in by_sums.flags[: len(answers)])


@pytest.mark.parametrize("name", ["11-ASC", "5D-ASC", "EBI"])
def test_items_to_a_hundred_make_the_percent_the_mean(name: str) -> None:
    factor, n = scale(name).factors[0]
    answers = [10 * i for i in range(1, 11)] * 3
    assert score(name, {factor: answers[:n]}).domain(factor) == pytest.approx(sum(answers[:n]) / n)


def test_an_ebi_list_is_understood_and_its_source_is_marked() -> None:
    found = score("EBI", [100, 80, 60, 40, 20, 0])
    assert (found.domain("emotional_breakthrough"), found.total) == (50, 300)
    assert found.verification is Verification.PARTIAL
    assert score("11-ASC", {"anxiety": 0}).verification is Verification.UNVERIFIED


@pytest.mark.parametrize(
    ("name", "answers"),
    [("CEQ", {"fear": 26}), ("CEQ", {"fear": -1}), ("CEQ", {"fear": True}), ("EBI", [1] * 5), ("11-ASC", {"joy": 3}),
     ("11-ASC", {"anxiety": 60.5})],
)  # fmt: skip
def test_sums_and_answers_that_cannot_be_are_refused(name: str, answers: object) -> None:
    with pytest.raises(InvalidInput):
        score(name, answers)  # type: ignore[arg-type]
