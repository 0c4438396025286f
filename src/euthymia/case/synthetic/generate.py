"""Synthetic cases: made-up patients with depression that resists treatment, any number, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from euthymia.case.model import Case, fold
from euthymia.case.synthetic.conditions import draw_conditions
from euthymia.case.synthetic.courses import draw_course, draw_timetable
from euthymia.case.synthetic.medicines import draw_medicines
from euthymia.case.synthetic.person import draw_person
from euthymia.case.synthetic.recording import record
from euthymia.case.synthetic.stream import Stream
from euthymia.case.synthetic.tables import marginal, profiles
from euthymia.case.synthetic.trials import draw_history
from euthymia.case.synthetic.writing import entries_of
from euthymia.core.errors import InvalidInput

AS_OF = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""The moment a synthetic case speaks of unless another is given; never the clock."""

CASES_A_SEED = 1_000_000
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
ENRICH = 25.0


def synthetic_case(
    seed: int,
    *,
    as_of: datetime | None = None,
    completeness: float | None = None,
    profile: str | None = None,
    enrich: float = ENRICH,
) -> Case:
    """Return the synthetic case number ``seed``.

    Parameters
    ----------
    seed
        Whole number from 0. The same arguments give the same events with the same ids, on any machine.
    as_of
        The moment the case speaks of, with a time zone, from 1990 to 2199; 1 November 2026 12:00 UTC when None.
        Nothing lies after it.
    completeness
        Share of what is true that is recorded: 0 keeps age and main diagnosis, 1 leaves nothing out. When None it is
        drawn: some cases complete, the others anywhere between.
    profile
        Population to draw from, a word of :func:`profiles`; drawn by weight when None.
    enrich
        Factor on yes/no answers that fewer than 1 % would give, up to that 1 %. 1 gives the prevalence of the table;
        the default lets every rule about a rare condition meet some patients in a thousand.

    Returns
    -------
    Case
        With ``synthetic`` True and ``case_id`` ``synthetic-000123``.

    Raises
    ------
    InvalidInput
        For an argument out of its range.

    Notes
    -----
    A true patient is drawn first (person, history, conditions, medicines, symptoms), each part from its own stream of
    random numbers; then ``completeness`` decides what of it is written down. Leaving out never turns an answer
    around: at a lower completeness every question has the same answer or none.

    Examples
    --------
    >>> case = synthetic_case(123)
    >>> case.case_id, case.synthetic
    ('synthetic-000123', True)
    """
    _check(seed, as_of, completeness, profile, enrich)
    moment = (as_of or AS_OF).astimezone(UTC)
    chosen = profile or Stream(seed, "profile").weighted((p, marginal("profile.weight", p).value) for p in profiles())
    timetable = draw_timetable(seed, chosen, moment)
    person = draw_person(seed, chosen, timetable.intake)
    history = draw_history(seed, person)
    present = draw_conditions(seed, person, history, enrich)
    cupboard = draw_medicines(seed, person, history, present)
    taking = frozenset(m.name for m in cupboard.medications if m.active)
    course = draw_course(seed, person, timetable, present, taking)
    entries = entries_of(seed, person, history, present, cupboard, course, timetable)
    share = _completeness(seed) if completeness is None else completeness
    return fold(f"synthetic-{seed:06d}", record(seed, entries, share), as_of=moment, synthetic=True)


def synthetic_cases(
    n: int,
    *,
    seed: int = 0,
    as_of: datetime | None = None,
    completeness: float | None = None,
    profile: str | None = None,
    enrich: float = ENRICH,
) -> Iterator[Case]:
    """Yield ``n`` synthetic cases, one at a time.

    Case ``i`` is ``synthetic_case(seed * 1_000_000 + i)`` with the same other arguments: it is the same whatever
    ``n``, and two seeds share no case. See :func:`synthetic_case` for the arguments.

    Examples
    --------
    >>> [case.case_id for case in synthetic_cases(2, seed=3)]
    ['synthetic-3000000', 'synthetic-3000001']
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= CASES_A_SEED:
        raise InvalidInput("n", n, f"a whole number from 0 to {CASES_A_SEED}")
    _check(seed, as_of, completeness, profile, enrich)
    return (
        synthetic_case(
            seed * CASES_A_SEED + i, as_of=as_of, completeness=completeness, profile=profile, enrich=enrich
        )
        for i in range(n)
    )  # fmt: skip


def _completeness(seed: int) -> float:
    """Some cases complete, the others anywhere from nearly empty to nearly complete."""
    draw = Stream(seed, "completeness")
    whole, share = draw.happens("complete"), draw.unit()
    return 1.0 if whole else share


def _check(seed: object, as_of: datetime | None, completeness: object, profile: str | None, enrich: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InvalidInput("seed", seed, "a whole number from 0")
    if as_of is not None:
        if not isinstance(as_of, datetime) or as_of.tzinfo is None:
            raise InvalidInput("as_of", as_of, "a date and time with a time zone")
        if not EARLIEST <= as_of < LATEST:
            raise InvalidInput("as_of", as_of.isoformat(), "from 1990 to 2199")
    if completeness is not None and not _number(completeness, 0.0, 1.0):
        raise InvalidInput("completeness", completeness, "0 to 1")
    if not _number(enrich, 1.0, 1000.0):
        raise InvalidInput("enrich", enrich, "1 to 1000")
    if profile is not None and profile not in profiles():
        raise InvalidInput("profile", profile, " | ".join(profiles()))


def _number(value: object, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
