"""The registry: built-in therapies in house order, others by name, and clear words when one is no therapy."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from euthymia.core.errors import EuthymiaError, InvalidInput
from euthymia.therapies import registry
from euthymia.therapies.contract import Therapy

HOUSE = ("tms", "ketamine", "dbs", "vns", "psychedelic", "neurofeedback", "precision", "ect", "pharmacotherapy")
OUR = [EntryPoint(n, f"euthymia.therapies.{n}:THERAPY", registry.GROUP) for n in HOUSE]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """The entry points that Python would find; a test changes the list."""
    points = list(OUR)
    monkeypatch.setattr(registry, "entry_points", lambda group: tuple(points) if group == registry.GROUP else ())
    registry.refresh()
    yield points
    monkeypatch.undo()
    registry.refresh()


def test_built_in_therapies_come_in_house_order_and_others_after_them_by_name(installed: list[EntryPoint]) -> None:
    installed[:0] = [EntryPoint("zen", "z:Z", registry.GROUP), EntryPoint("acupuncture", "a:A", registry.GROUP)]
    assert registry.names() == (*HOUSE, "acupuncture", "zen")


def test_only_what_is_installed_is_named(installed: list[EntryPoint]) -> None:
    del installed[1:]
    registry.refresh()
    assert registry.names() == ("tms",)


def test_every_therapy_answers_to_its_name(installed: list[EntryPoint]) -> None:
    found = registry.therapies()
    assert [t.name for t in found] == list(HOUSE)
    assert all(isinstance(t, Therapy) for t in found)
    assert {t.name for t in found if t.is_reference} == {"ect", "pharmacotherapy"}
    assert registry.therapy("tms") is registry.therapy("tms")


def test_an_unknown_name_is_refused_with_the_known_ones(installed: list[EntryPoint]) -> None:
    with pytest.raises(InvalidInput, match=r"`therapy` is 'yoga'.*tms \| ketamine"):
        registry.therapy("yoga")


def test_two_packages_that_claim_one_name_are_told_apart(installed: list[EntryPoint]) -> None:
    installed.append(EntryPoint("tms", "elsewhere:THERAPY", registry.GROUP))
    registry.refresh()
    with pytest.raises(EuthymiaError, match="two packages register the therapy `tms`"):
        registry.therapy("tms")


def test_the_same_entry_point_found_twice_is_one(installed: list[EntryPoint]) -> None:
    installed.append(OUR[0])
    registry.refresh()
    assert registry.therapy("tms").name == "tms"


def test_what_lacks_a_verb_is_no_therapy_and_the_verb_is_named(
    installed: list[EntryPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    half = SimpleNamespace(name="half", title="Half", is_reference=False, screen=None, propose=None, simulate=None)
    monkeypatch.setattr(registry, "half", half, raising=False)
    installed.append(EntryPoint("half", "euthymia.therapies.registry:half", registry.GROUP))
    registry.refresh()
    with pytest.raises(EuthymiaError, match="lacks session, follow"):
        registry.therapy("half")


def test_a_therapy_installed_later_is_found_after_a_refresh(installed: list[EntryPoint]) -> None:
    before = registry.names()
    installed.append(EntryPoint("zen", "z:Z", registry.GROUP))
    assert registry.names() == before
    registry.refresh()
    assert registry.names() == (*before, "zen")
