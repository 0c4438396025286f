"""Plans that the program itself makes, from synthetic patients: the page is whole for every one of them."""

from __future__ import annotations

import json

import jsonschema
import pytest
from html_checks import Page
from test_figures import check

from euthymia.case.files import parse_case, template_text
from euthymia.case.synthetic import synthetic_cases
from euthymia.plan import compare
from euthymia.plan.document import plan_document, plan_schema
from euthymia.report import care_plan, plan_html


@pytest.mark.parametrize("number", range(6))
def test_the_page_of_a_synthetic_patient_is_whole(number: int) -> None:
    case = list(synthetic_cases(6, seed=7))[number]
    plan = compare(case)
    html = plan_html(plan, case)
    page = Page(html)
    assert page.problems == [] and len(page.ids) == len(set(page.ids))
    for option in plan.options:
        assert " ".join(option.title.split()) in page.text
    for index, source in enumerate(plan_document(plan).sources, start=1):
        assert f"[{index}] {' '.join(source.text.split())}" in page.text
    for drawing in html.split("<svg")[1:]:
        check("<svg" + drawing.split("</svg>")[0] + "</svg>")
    jsonschema.validate(json.loads(plan_document(plan).model_dump_json()), plan_schema())


def test_the_template_case_gives_a_valid_care_plan(tmp_path: object) -> None:
    from pathlib import Path

    careplan = pytest.importorskip("fhir.resources.R4B.careplan")
    case = parse_case(template_text(), name="case.yaml", folder=Path(str(tmp_path))).case
    careplan.CarePlan.model_validate_json(json.dumps(care_plan(compare(case), case)))
