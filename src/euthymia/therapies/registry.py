"""The registry: therapies found through the entry-point group ``euthymia.therapies``."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from euthymia.core.errors import EuthymiaError, InvalidInput
from euthymia.therapies.contract import Therapy

GROUP = "euthymia.therapies"
_ORDER = (
    "tms", "ketamine", "dbs", "vns", "psychedelic", "neurofeedback", "precision", "ect", "pharmacotherapy",
)  # fmt: skip


def names() -> tuple[str, ...]:
    """Return the registered names: the built-in ones in house order, then others by name."""
    found = {point.name for point in _points()}
    return (*[n for n in _ORDER if n in found], *sorted(found - set(_ORDER)))


def therapy(name: str) -> Therapy:
    """Return the therapy called ``name``; raise :class:`InvalidInput` listing the known ones."""
    points = [point for point in _points() if point.name == name]
    if not points:
        raise InvalidInput("therapy", name, " | ".join(names()))
    if len(points) > 1:
        raise EuthymiaError(f"two packages register the therapy `{name}`: {points}. Uninstall one of them.")
    return _load(points[0])


def therapies() -> tuple[Therapy, ...]:
    """Return every registered therapy."""
    return tuple(therapy(name) for name in names())


def refresh() -> None:
    """Forget what was found; call it after installing a therapy into a running process."""
    _points.cache_clear()
    _load.cache_clear()


@cache
def _points() -> tuple[EntryPoint, ...]:
    return tuple({(p.name, p.value): p for p in entry_points(group=GROUP)}.values())


@cache
def _load(point: EntryPoint) -> Therapy:
    loaded = point.load()
    if not isinstance(loaded, Therapy):
        verbs = [v for v in ("screen", "propose", "simulate", "session", "follow") if not hasattr(loaded, v)]
        raise EuthymiaError(
            f"entry point `{point.name}` ({point.value}) is no therapy: it lacks {', '.join(verbs) or 'name or title'}."
        )
    return loaded
