"""Fixtures of the report tests."""

from __future__ import annotations

import pytest
from report_plans import made_up_case, made_up_plan

from euthymia.case import Case
from euthymia.plan import Plan
from euthymia.report import plan_html


@pytest.fixture(scope="session")
def case() -> Case:
    return made_up_case()


@pytest.fixture(scope="session")
def plan(case: Case) -> Plan:
    return made_up_plan(case)


@pytest.fixture(scope="session")
def html(plan: Plan, case: Case) -> str:
    return plan_html(plan, case)
