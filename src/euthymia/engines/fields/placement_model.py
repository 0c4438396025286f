"""How far a way of finding the coil's place scatters, as a distribution that can be drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.robust import PlacementError


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementModel(SourcedRow):
    """Scatter of one method: distance from the wanted site by ``statistic``, mean absolute yaw and tilt.

    ``covers``: methods of the table of targets that it stands for, separated by semicolons. What was not measured is
    None, and taken as exact.
    """

    method: str
    title: str
    covers: str
    statistic: Literal["mean", "median"]
    shift_mm: float
    yaw_deg: float | None = None
    tilt_deg: float | None = None
    statement: str

    def error(self) -> PlacementError:
        """Normal errors with these averages."""
        make = PlacementError.from_medians if self.statistic == "median" else PlacementError.from_means
        return make(self.shift_mm / 1000, self.yaw_deg or 0.0, self.tilt_deg or 0.0)


def placement_models() -> tuple[PlacementModel, ...]:
    """Every method whose scatter is held."""
    return load_table("euthymia.engines.fields", "placement_model.csv", PlacementModel, key="method")


def placement_model(method: str) -> PlacementModel:
    """One method by its name."""
    rows = {row.method: row for row in placement_models()}
    if method not in rows:
        raise InvalidInput(
            "method", method, ", ".join(rows), "For a scatter of your own: robust.PlacementError.from_means."
        )
    return rows[method]


def model_of_target(target_method: str) -> PlacementModel | None:
    """Scatter of the method by which a target is found; None when no source that was read measured it."""
    return next((row for row in placement_models() if target_method in row.covers.split(";")), None)
