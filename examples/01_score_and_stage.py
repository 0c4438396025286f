"""Score a scale, judge a treatment trial, stage the resistance."""

from euthymia.case.facts import Adherence, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.case.history import adequacy, maudsley
from euthymia.case.scales import crosswalk, score, triage

phq9 = score("PHQ-9", [2, 2, 2, 2, 2, 2, 1, 1, 1])
print(phq9)

print(triage(True, True, True, False, False, False))

for conversion in crosswalk(15, "QIDS-SR16", "HAM-D17"):
    print(f"QIDS-SR16 15 is HAM-D17 {conversion.low:g} to {conversion.high:g} ({conversion.method})")

trial = TreatmentTrial(
    TrialKind.DRUG,
    "venlafaxine XR",
    dose_mg_day=75,
    weeks_at_dose=7,
    adherence=Adherence.GOOD,
    outcome=TrialOutcome.NONE,
)
rating = adequacy(trial, "MGH-ATRQ")
print(rating.adequate, *[reason.statement for reason in rating.reasons], sep="\n  ")

stage = maudsley(
    duration_months=16, severity="severe", psychotic=False, failed_antidepressants=3, augmentation=True, ect=False
)
print(stage.method, stage.score, stage.stage)
