"""The words of the evidence tables: therapies, roles, comparators, populations, blinding, outcomes."""

from __future__ import annotations

from enum import StrEnum


class Therapy(StrEnum):
    """What an arm received; ``control`` when the arm is a comparator that is no treatment option of its own."""

    TMS = "tms"
    KETAMINE = "ketamine"
    DBS = "dbs"
    VNS = "vns"
    PSYCHEDELIC = "psychedelic"
    NEUROFEEDBACK = "neurofeedback"
    PRECISION = "precision"
    ECT = "ect"
    PHARMACOTHERAPY = "pharmacotherapy"
    CONTROL = "control"


class Role(StrEnum):
    """Whether the arm is a treatment under test or what it is measured against."""

    ACTIVE = "active"
    CONTROL = "control"


class ComparatorType(StrEnum):
    """What a treatment was measured against. These are never lumped: their own response differs several-fold."""

    SHAM_TMS = "sham_tms"
    SHAM_DEVICE = "sham_device"
    MIDAZOLAM = "midazolam"
    SALINE = "saline"
    SALINE_ANESTHESIA = "saline_anesthesia"
    NIACIN = "niacin"
    MANNITOL = "mannitol"
    PSILOCYBIN_1MG = "psilocybin_1mg"
    CONTROL_REGION = "control_region"
    SHAM_NEUROFEEDBACK = "sham_neurofeedback"
    WAITLIST = "waitlist"
    TAU = "tau"
    NEW_AD_PLACEBO = "new_ad_placebo"
    PLACEBO_AD = "placebo_ad"
    PLACEBO_SPRAY = "placebo_spray"
    PLACEBO = "placebo"
    PLACEBO_OR_SHAM = "placebo_or_sham"  # only where a review lumps them; its row says so
    CONTINUED_AD = "continued_ad"
    ACTIVE_DRUG = "active_drug"
    ACTIVE_TMS = "active_tms"
    ESKETAMINE = "esketamine"
    KETAMINE_IV = "ketamine_iv"
    ECT = "ect"
    NONE = "none"


class Population(StrEnum):
    """Who was in the trial; each value is its own stratum."""

    TRD = "trd"  # at least two failed adequate treatments
    TRD_OLDER = "trd_older"  # the same, 60 or 65 years and over only
    MIXED = "mixed"  # bipolar, psychotic or less resistant patients in the same sample
    INTOLERANCE_COUNTS = "intolerance_counts"  # an intolerance counts as a failure
    ONE_FAILURE = "one_failure"  # at least one failure: not TRD by the regulators' count
    NOT_TRD = "not_trd"

    @property
    def distance_rank(self) -> int:
        """How far from adult TRD, for sorting (0 is nearest)."""
        return list(Population).index(self)


class Blinding(StrEnum):
    """Who did not know the allocation."""

    DOUBLE_BLIND = "double_blind"
    RATER_BLIND = "rater_blind"
    OPEN = "open"

    @property
    def weakness_rank(self) -> int:
        """Order from strongest (0) to weakest (2)."""
        return list(Blinding).index(self)


class Window(StrEnum):
    """When the outcome was counted; different windows are different outcomes."""

    AT_TIMEPOINT = "at_timepoint"
    ANY_TIME = "any_time"
    MEAN_MONTHS_4_6 = "mean_months_4_6"
    FIRST_WITHIN = "first_within"
    TIME_IN_RESPONSE = "time_in_response"


class Outcome(StrEnum):
    """The two binary outcomes that arms are counted on."""

    RESPONSE = "response"
    REMISSION = "remission"


class Measure(StrEnum):
    """How an effect is expressed."""

    ODDS_RATIO = "OR"
    RISK_RATIO = "RR"
    RISK_DIFFERENCE = "RD"
    MEAN_DIFFERENCE = "MD"
    STANDARDIZED_DIFFERENCE = "SMD"
    HAZARD_RATIO = "HR"
    PERCENT_PAIR = "percent_pair"
    PERCENT = "percent"  # one percentage without a comparator
    LOGIT = "logit"  # a single proportion on the logit scale

    @property
    def is_log(self) -> bool:
        """Whether effects are pooled on the log scale."""
        return self in (Measure.ODDS_RATIO, Measure.RISK_RATIO, Measure.HAZARD_RATIO)


COMPARATOR_LABELS: dict[str, str] = {
    "sham_tms": "sham TMS",
    "sham_device": "implanted device without stimulation",
    "midazolam": "midazolam (active placebo)",
    "saline": "saline",
    "saline_anesthesia": "saline under anesthesia",
    "niacin": "niacin (active placebo)",
    "mannitol": "mannitol placebo",
    "psilocybin_1mg": "psilocybin 1 mg",
    "control_region": "feedback from a control brain region",
    "sham_neurofeedback": "sham neurofeedback",
    "waitlist": "waitlist",
    "tau": "treatment as usual",
    "new_ad_placebo": "new oral antidepressant with placebo spray",
    "placebo_ad": "placebo added to the continued antidepressant",
    "placebo_spray": "placebo spray alone",
    "placebo": "placebo",
    "placebo_or_sham": "placebo or sham, lumped by the review",
    "continued_ad": "continued antidepressant that had failed",
    "active_drug": "another drug",
    "active_tms": "another form of TMS",
    "esketamine": "esketamine nasal spray",
    "ketamine_iv": "intravenous ketamine",
    "ect": "electroconvulsive therapy",
    "none": "no comparator",
}
"""Names of comparators as a clinician reads them."""


def comparator_label(comparator: str) -> str:
    """Return the reader's name of a comparator type, or of a treatment form used as comparator."""
    return COMPARATOR_LABELS.get(comparator, comparator.replace("_", " "))
