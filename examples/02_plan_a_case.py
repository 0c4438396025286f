"""Plan one synthetic case and read the plan: what comes first, why, and what would change it."""

from euthymia.case.synthetic import synthetic_case
from euthymia.plan import compare, explain

case = synthetic_case(7, completeness=1.0)
plan = compare(case, seed=0, stated_weights={"burden": 6})

for sentence in explain(plan):
    print("-", sentence)

for option in plan.options:
    score = "" if option.score is None else f"{option.score.total:.2f}"
    print(f"{option.rank or '-'!s:>2}  {option.title:<45} {option.standing.value:<18} {score}")
    print("     for:    ", option.reasons_for[0].statement)
    print("     against:", option.reasons_against[0].statement)
