"""Model files: what is read, what is refused, and that every number says where it is from."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput, TableError
from euthymia.core.source import Verification
from euthymia.engines.kinetics.expressions import read_expression
from euthymia.engines.kinetics.model_checks import run_checks
from euthymia.engines.kinetics.models import load_model, model_names, unverified_numbers

OWN = """
name = "Own2026"
title = "A drug by mouth"
drug = "example"
status = "illustrative"
source = "Our own notebook"
verification = "unverified"
as_of = 2026-11-23
enantiomer = "none"
assay = "none"
bioavailability = "F"
states = ["D", "C"]
flow = [
  { from = "D", to = "C", rate = "ka" },
  { from = "C", to = "out", rate = "k" },
]
[about.population]
people = "nobody"
[about.sampling]
site = "venous"
[parameter.ka]
value = 0.02
unit = "1/min"
[parameter.CL]
value = 10
unit = "L/h"
between = { cv_pct = 30 }
[parameter.V]
value = 100
unit = "L"
[parameter.F]
value = 0.5
unit = "frac"
[derived]
k = "CL / V"
[route.oral]
[[route.oral.part]]
state = "D"
form = "bolus"
share = "F"
[output.drug]
state = "C"
volume = "V"
mass_basis = "base"
molar_mass_g_mol = 100
[[check]]
name = "area is F dose over clearance"
kind = "derived"
doses = [{ route = "oral", amount_mg = 20 }]
until_h = 24
tolerance_pct = 0.001
values = [{ output = "drug", quantity = "auc_inf", expected = 1000 }]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "Own2026.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_ones_own_is_loaded_from_its_path(tmp_path: Path) -> None:
    model = load_model(write(tmp_path, OWN))
    assert model.name == "Own2026"
    assert model.file.parameters["ka"].value == pytest.approx(1.2)  # 0.02 per minute
    assert model.file.parameters["CL"].between is not None
    assert model.file.parameters["CL"].between.variance == pytest.approx(np.log(1 + 0.3**2))
    assert all(outcome.is_within for outcome in run_checks(model))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('drug = "example"', "", ("drug", "missing")),
        ('drug = "example"', 'drug = "example"\ncolour = "red"', ("colour", "unknown key", "allowed")),
        ('status = "illustrative"', 'status = "good"', ("status", "published")),
        ('unit = "1/min"', 'unit = "1/fortnight"', ("parameter.ka", "1/fortnight", "1/h")),
        ("value = 10\n", 'value = "ten"\n', ("parameter.CL", "value", "number")),
        ("cv_pct = 30", "cv_pct = 30, omega2 = 0.1", ("parameter.CL", "one of")),
        ('rate = "ka"', 'rate = "kb"', ("flow 1", "kb", "known")),
        ('rate = "ka"', "rate = \"__import__('os')\"", ("flow 1", "not allowed")),
        ('to = "C", rate = "ka"', 'to = "X", rate = "ka"', ("flow 1", "X", "D, C, out")),
        ('form = "bolus"', 'form = "zero_order"', ("route.oral", "duration")),
        ('quantity = "auc_inf"', 'quantity = "area"', ("values", "area", "cmax")),
        ('states = ["D", "C"]', 'states = ["D", "C", "V"]', ("V", "state", "parameter")),
        ("as_of = 2026-11-23", 'as_of = "today"', ("as_of", "date")),
        ('source = "Our own notebook"', 'source = " "', ("source", "empty")),
        ("doses = [{ route", "doses = [{ rout", ("doses 1", "route")),
        ("[derived]", "[derived", ("Own2026.toml",)),
    ],
)
def test_an_error_names_the_file_the_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, words: tuple[str, ...]
) -> None:
    assert old in OWN
    with pytest.raises(TableError) as error:
        load_model(write(tmp_path, OWN.replace(old, new, 1)))
    for word in ("Own2026.toml", *words):
        assert word in str(error.value)


def test_an_unknown_model_or_an_absent_file_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="PerezRuixo2021"):
        load_model("PerezRuixo1999")
    with pytest.raises(InvalidInput, match="readable"):
        load_model(tmp_path / "absent.toml")


def test_a_model_without_known_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="check"):
        load_model(write(tmp_path, OWN[: OWN.index("[[check]]")]))


@pytest.mark.parametrize("name", model_names())
def test_every_number_of_a_packaged_model_has_a_source_and_a_date(name: str) -> None:
    file = load_model(name).file
    for source in [*file.sources, *(check.source for check in file.checks)]:
        assert source.text.strip()
        assert source.as_of is not None and source.as_of <= date(2026, 11, 23)
    assert file.name == name and file.population and file.bioavailability and file.limits


def test_the_packaged_models_are_those_of_the_reference() -> None:
    assert set(model_names()) >= {
        "PerezRuixo2021", "Otto2021", "Simons2022", "Kamp2020", "ClementsNimmo1981", "Domino1982", "Herd2007",
        "Holze2023Derived", "Mas1999Illustrative", "Chen2018Derived",
    }  # fmt: skip
    assert model_names("esketamine") == ("Otto2021", "PerezRuixo2021", "Simons2022")


def test_what_was_not_verified_is_named() -> None:
    weak = unverified_numbers(load_model("PerezRuixo2021").file)
    assert weak == ("spread of kmet", "sampling site (venous)")
    assert load_model("Otto2021").file.source.verification is Verification.READ


@pytest.mark.parametrize(
    "text",
    [
        "a.real",
        "a[0]",
        "open('x')",
        "(lambda: 1)()",
        "[1, 2]",
        "a if a else a",
        "a and a",
        "1 < a < 2",
        "exp(a, a)",
        "exp(x=a)",
        "'text'",
        "True",
        "a := 2",
        "a @ a",
        "__builtins__",
        "f'{a}'",
        "a; a",
        "1e999",
        "1" + "0" * 390,
        "-" * 5000 + "a",
        "",
    ],
)
def test_an_expression_reaches_nothing_but_arithmetic(text: str) -> None:
    with pytest.raises(TableError, match="here"):
        read_expression(text, ["a"], "here")


def test_an_expression_is_applied_to_arrays() -> None:
    expression = read_expression("where(a > 1, -exp(a) / b ** 2, max(a, sqrt(b)))", ["a", "b"], "here")
    a, b = np.array([0.5, 2.0]), np.array([4.0, 5.0])
    assert expression.names == {"a", "b"}
    assert expression({"a": a, "b": b}) == pytest.approx([2.0, -np.exp(2) / 25])
