"""Who the synthetic patient is: age, sex, country, severity, suicidality and the shape of the episode."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from euthymia.case.facts import Demographics, EpisodeSeverity, Sex
from euthymia.case.synthetic.stream import Stream

ONSET_YR = 10  # no episode of a synthetic case begins before this age
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Person:
    """The truth about a synthetic patient at the first visit, before anything is recorded.

    Parameters
    ----------
    profile
        Population the case is drawn from.
    intake
        The first visit; history lies before it, ratings and courses after it.
    madrs
        Baseline MADRS.
    ideation
        0 none, 1 wish to be dead, 2 thoughts, 3 method, 4 intent, 5 plan (the steps of the C-SSRS).
    episode_weeks
        Length of the current episode at intake as drawn; history may stretch it.
    """

    profile: str
    intake: datetime
    birth: date
    sex: Sex
    country: str
    madrs: int
    severity: EpisodeSeverity
    psychotic: bool
    catatonic: bool
    mixed: bool
    inpatient: bool
    previous_episodes: int
    episode_weeks: float
    ideation: int
    attempt_ever: bool
    attempt_recent: bool
    bmi: float
    height_cm: int

    @property
    def age_yr(self) -> int:
        """Age in completed years at intake."""
        now = self.intake.date()
        return now.year - self.birth.year - ((now.month, now.day) < (self.birth.month, self.birth.day))

    @property
    def demographics(self) -> Demographics:
        """Demographics as a fact."""
        return Demographics(self.birth, self.sex, self.country)

    @property
    def earliest_onset(self) -> date:
        """The day before which nothing of the illness lies."""
        return self.birth + timedelta(days=math.ceil(ONSET_YR * DAYS_A_YEAR))


def draw_person(seed: int, profile: str, intake: datetime) -> Person:
    """Draw the patient whose first visit is at ``intake``."""
    draw = Stream(seed, "person", profile)
    if draw.happens("age.under_18"):
        age = draw.between(14.0, 17.9)
    else:
        age = draw.within(draw.value("age.mean"), draw.value("age.sd"), 18.0, 90.0)
    birth = (intake - timedelta(days=age * DAYS_A_YEAR)).date()
    sex = Sex.FEMALE if draw.happens("female") else Sex.MALE
    if draw.happens("sex.other"):
        sex = Sex.OTHER
    madrs = round(draw.within(draw.value("madrs.mean"), draw.value("madrs.sd"), 14.0, 56.0))
    psychotic, catatonic, mixed = (draw.happens(name) for name in ("psychotic", "catatonic", "mixed"))
    attempt = draw.happens("attempt")
    return Person(
        profile=profile,
        intake=intake,
        birth=birth,
        sex=sex,
        country=draw.word("country"),
        madrs=madrs,
        severity=_severity(draw, madrs),
        psychotic=psychotic,
        catatonic=catatonic,
        mixed=mixed,
        inpatient=draw.happens("inpatient"),
        previous_episodes=_previous(draw, age),
        episode_weeks=_episode_weeks(draw),
        ideation=int(draw.word("ideation").removeprefix("level_")) if draw.happens("ideation") else 0,
        attempt_ever=attempt,
        attempt_recent=attempt and draw.happens("attempt.recent"),
        bmi=draw.within(draw.value("bmi.mean"), draw.value("bmi.sd"), 16.0, 55.0),
        height_cm=_height_cm(draw, sex),
    )


def _height_cm(draw: Stream, sex: Sex) -> int:
    mean = draw.value("height.male" if sex is Sex.MALE else "height.female")
    return round(draw.within(mean, draw.value("height.sd"), 140.0, 210.0))


def _severity(draw: Stream, madrs: int) -> EpisodeSeverity:
    if madrs >= draw.value("madrs.severe_from"):
        return EpisodeSeverity.SEVERE
    return EpisodeSeverity.MODERATE if madrs >= draw.value("madrs.moderate_from") else EpisodeSeverity.MILD


def _previous(draw: Stream, age: float) -> int:
    """Earlier episodes; the young had no time for many."""
    if not draw.happens("episode.recurrent"):
        return 0
    return min(1 + int(draw.lognormal(1.8, 0.8)), max(1, int((age - ONSET_YR) / 2)))


def _episode_weeks(draw: Stream) -> float:
    """Length of the episode: log-normal with the mean and coefficient of variation of the table."""
    mean, cv = draw.value("episode.mean"), draw.value("episode.cv")
    log_var = math.log(1 + cv * cv)
    return max(6.0, draw.lognormal(mean * math.exp(-log_var / 2), math.sqrt(log_var)))
