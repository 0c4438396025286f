"""The plan as a document: its schema, its sources, and that the same case gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from euthymia.case import Case, fold
from euthymia.case.synthetic import synthetic_case
from euthymia.plan import compare
from euthymia.plan.document import plan_document, plan_schema

from tests.contract.cases import COMPLETE, NOW, make_case

CASES = {
    "complete": make_case(*COMPLETE), "nearly empty": make_case(COMPLETE[0]), "synthetic 7": synthetic_case(7),
    "synthetic 42": synthetic_case(42),
}  # fmt: skip


def written(case: Case, seed: int = 0) -> dict[str, Any]:
    text = plan_document(compare(case, seed=seed)).model_dump_json()
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))  # type: ignore[no-any-return]


def reasons_in(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "statement" in node and "sources" in node:
            yield node
        for value in node.values():
            yield from reasons_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from reasons_in(value)


def test_the_schema_is_itself_valid_and_versioned() -> None:
    schema = plan_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == "urn:euthymia:schema:plan:1.0"


@pytest.mark.parametrize("name", CASES)
class TestTheDocument:
    """For complete, empty and synthetic cases alike."""

    def test_it_follows_its_schema(self, name: str) -> None:
        jsonschema.Draft202012Validator(plan_schema()).validate(written(CASES[name]))

    def test_the_same_case_and_seed_give_the_same_bytes(self, name: str) -> None:
        case = CASES[name]
        one, other = (plan_document(compare(c, seed=5)).model_dump_json() for c in (case, case.at(case.as_of)))
        assert one == other

    def test_every_source_is_numbered_once_and_cited(self, name: str) -> None:
        document = written(CASES[name])
        listed = [json.dumps(source, sort_keys=True) for source in document["sources"]]
        assert len(listed) == len(set(listed))
        cited = {index for reason in reasons_in(document) for index in reason["sources"]}
        assert cited <= set(range(len(listed)))
        shown_elsewhere = {
            json.dumps(_plain(s), sort_keys=True) for g in compare(CASES[name]).signals for s in g.sources
        }
        assert {listed[i] for i in set(range(len(listed))) - cited} <= shown_elsewhere

    def test_every_statement_without_a_source_is_a_fact_of_the_case(self, name: str) -> None:
        for reason in reasons_in(written(CASES[name])):
            assert reason["sources"] or reason["grade"] == "case", reason["statement"]

    def test_the_sources_of_the_plan_are_those_of_the_document(self, name: str) -> None:
        plan = compare(CASES[name])
        assert [s.text for s in plan.sources] == [s.text for s in plan_document(plan).sources]

    def test_each_option_has_its_reasons_and_the_order_is_that_of_the_plan(self, name: str) -> None:
        plan, document = compare(CASES[name]), written(CASES[name])
        assert [o["therapy"] for o in document["options"]] == [o.therapy for o in plan.options]
        assert all(o["reasons_for"] and o["reasons_against"] for o in document["options"])

    def test_a_synthetic_case_is_labeled(self, name: str) -> None:
        assert written(CASES[name])["synthetic"] is True


def test_a_real_case_is_not_labeled_synthetic() -> None:
    case = CASES["complete"]
    assert written(fold("real", case.log, as_of=NOW, synthetic=False))["synthetic"] is False


def test_another_seed_changes_only_what_is_drawn() -> None:
    one, other = (written(CASES["complete"], seed) for seed in (0, 1))
    assert one["seed"] != other["seed"]
    for document in (one, other):
        del document["seed"], document["summary"]
        for option in document["options"]:
            option.pop("forecast")
            option["alternatives"] = []
            if option["score"]:
                del option["score"]["first_share"]
    assert one == other


def test_unknown_fields_are_refused() -> None:
    document = written(CASES["nearly empty"])
    document["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.Draft202012Validator(plan_schema()).validate(document)


def _plain(source: Any) -> dict[str, Any]:
    return {
        "text": source.text, "doi": source.doi, "url": source.url, "verification": source.verification.value,
        "as_of": source.as_of.isoformat() if source.as_of else None,
    }  # fmt: skip
