"""``euthymia score`` with answers or sums by factor."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine


def test_sums_and_answers_by_factor_are_read(euthymia: CommandLine) -> None:
    domains = euthymia.document("score", "score", "CEQ", "fear=20", "death=1,2")["domains"]
    assert (domains["fear"], domains["death"], domains["grief"]) == (80, 30, None)


@pytest.mark.parametrize("words", [["fear=20", "fear=3"], ["fear="], ["=3"], ["fear=20", "3"], ["fear=26"]])
def test_a_part_that_names_no_factor_or_one_twice_is_refused(euthymia: CommandLine, words: list[str]) -> None:
    ran = euthymia("score", "CEQ", *words)
    assert ran.code != 0 and "answers" in ran.err
