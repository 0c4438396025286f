"""Coil, slope of its current and pose of ``euthymia fields solve``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from euthymia.cli.fields_input import FieldHead, region, target_point, triple
from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.engines.fields.coil_model import CoilModel
    from euthymia.engines.fields.coil_pose import CoilPose
    from euthymia.engines.fields.mesh import FloatArray
    from euthymia.engines.fields.roi import Roi
    from euthymia.engines.fields.scalp_placement import Scalp
    from euthymia.engines.fields.solve import FieldSystem


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of the placement (mm where not said otherwise)."""

    target: str | None
    position: str | None
    electrode: str | None
    beam_f3: bool
    matrix: Path | None
    direction: str | None
    distance_mm: float
    nearest: bool
    pose: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Pose, region of interest, its title and what has to be said."""

    pose: CoilPose
    roi: Roi
    title: str
    notes: tuple[str, ...]


def coil_of(name: str) -> tuple[CoilModel, str]:
    """A coil of the table or a file, and how far its geometry was compared with its sources."""
    from euthymia.engines.fields.coils import coil_model, continued_model, geometry, read_coil

    if name.lower().endswith((".ccd", ".tcd", ".nii", ".nii.gz")):
        if not Path(name).is_file():
            raise InvalidInput("--coil", name, "a file that exists, or the name of a coil")
        read, error = continued_model(read_coil(name))
        if error is None:
            return read, ""
        return (
            read,
            f"Beyond its grid the field of the coil goes on by dipoles that miss samples by {error:.2%}.",
        )
    held = geometry(name)
    state = held.verification.value
    said = "" if state == "read" else f"The geometry of this coil model rests on rows that are {state}."
    return coil_model(name), said


def slope_of(coil: CoilModel, didt: float | None, mso: float | None, stimulator: str | None) -> tuple[float, str]:
    """Slope of the coil current, A/s, and where it comes from; 1 A/µs when nothing is said."""
    from euthymia.engines.fields.waveform import slope_from_output
    from euthymia.engines.fields.waveform import stimulator as row_of

    if mso is None:
        if stimulator is not None:
            raise InvalidInput("--stimulator", stimulator, "together with --mso", "Give the output, e.g. --mso 60.")
        slope = 1e6 if didt is None else didt * 1e6
        if not 0 < slope <= 1e9:
            raise InvalidInput("--didt", didt, "above 0 and at most 1000 A/µs", "Devices reach 100 to 250 A/µs.")
        return slope, "" if didt is not None else "Strengths are for 1 A/µs: multiply by the slope of your device."
    if didt is not None:
        raise InvalidInput("--didt", didt, "either --didt or --mso")
    if stimulator is not None:
        row = row_of(stimulator)
        words = f"{mso:g} % of {row.slope_max_a_us:g} A/µs ({row.stimulator}, {row.coil}; {row.verification.value})."
        return slope_from_output(mso, row.slope_max_a_us * 1e6), words
    largest = coil.drives[0].slope_max_a_s if coil.drives else None
    if largest is None:
        raise InvalidInput(
            "--mso", mso, "with --stimulator: the slope of this coil at full output is not known",
            "Name a row of the table of stimulators, e.g. --stimulator 'MagVenture C-B60', or give --didt in A/µs.",
        )  # fmt: skip
    return slope_from_output(mso, largest), f"{mso:g} % of {largest / 1e6:g} A/µs, as the file of the coil says."


def placed(head: FieldHead, scalp: Scalp, coil: CoilModel, wanted: Wanted) -> Placed:
    """Put the coil on the scalp and find the grey matter that is looked at.

    Raises
    ------
    InvalidInput
        When nothing or two things say where the coil goes, the target is not in grey matter, a matrix is not rigid or
        puts the coil into the head.
    """
    from euthymia.engines.fields.collision import casing_shape
    from euthymia.engines.fields.grey_region import grey_under
    from euthymia.engines.fields.over_target import points_over
    from euthymia.engines.fields.scalp_placement import place

    spots = [wanted.position, wanted.electrode, wanted.beam_f3 or None, wanted.matrix]
    if sum(spot is not None for spot in spots) > 1:
        raise InvalidInput("--position", "several places", "one of --position, --electrode, --beam-f3 and --matrix")
    if wanted.target is None and all(spot is None for spot in spots):
        raise InvalidInput(
            "--target", None, "a target, or a place on the scalp",
            "E.g. --target weigand, --target -42,44,30, --beam-f3, --electrode F3, --position x,y,z.",
        )  # fmt: skip
    if wanted.pose is not None and wanted.matrix is None:
        raise InvalidInput("--pose", wanted.pose, "together with --matrix", "It names one pose of a navigation file.")
    notes: list[str] = []
    aimed = None if wanted.target is None else target_point(head, wanted.target)
    if aimed is not None:
        roi, moved = region(head, *aimed, wanted.nearest)
        notes += [moved] if moved else []
    if wanted.matrix is not None:
        pose, assumed = pose_of_matrix(wanted.matrix, wanted.pose, coil, scalp)
        notes += assumed
    else:
        if aimed is None or any(spots):
            center = _scalp_spot(head, scalp, wanted, notes)
        else:
            center = points_over(scalp.surface, roi.center[None])[0]
        side = -1.0 if center[0] <= 0 else 1.0
        if wanted.direction is None:
            handle = triple("--direction", f"{1000 * side},-1000,0")
            notes.append("Handle towards the back and the side at 45° (nothing else was asked for).")
        else:
            handle = triple("--direction", wanted.direction)
        try:
            found = place(scalp, casing_shape(coil), center, handle, distance_m=wanted.distance_mm / 1000)
        except InvalidInput as error:
            if error.argument != "center" or wanted.position is None:
                raise
            raise InvalidInput(
                "--position", f"{wanted.position}: {error.given}", error.allowed,
                "Positions are in mm and RAS, in the space of this head; is it a point of another head, or of the "
                "brain? A point of the brain is a --target.",
            ) from None  # fmt: skip
        pose = found.pose
        notes.append(
            f"The casing keeps {wanted.distance_mm:g} mm from the scalp (hair); its middle is "
            f"{1000 * found.center_gap_m:.1f} mm from it."
        )
        if not found.is_casing_known:
            notes.append("The file has no casing: only the conductor and the face were kept out of the head.")
    if aimed is not None:
        return Placed(pose, roi, aimed[0], tuple(notes))
    roi = grey_under(head.mesh, pose, argument="--position")
    return Placed(pose, roi, "the grey matter nearest to the coil’s axis", tuple(notes))


def best_placed(
    head: FieldHead,
    scalp: Scalp,
    system: FieldSystem,
    coil: CoilModel,
    target: str,
    nearest: bool,
    search: tuple[float, float, float],
    gap_m: float,
    slope_a_s: float,
) -> Placed:
    """The placement with the strongest mean field in a target; ``search``: radius and step, m, and angle, degrees."""
    import numpy as np

    from euthymia.engines.fields.coils import source_of
    from euthymia.engines.fields.collision import casing_shape, room
    from euthymia.engines.fields.optimize import Search, find_optimum, is_same_turned_back
    from euthymia.engines.fields.placement_grid import placement_grid
    from euthymia.engines.fields.reciprocity import reciprocal_elements

    title, point = target_point(head, target)
    roi, moved = region(head, title, point, nearest)
    source, shape = source_of(coil), casing_shape(coil)
    half = is_same_turned_back(source)
    how = Search(search[0], search[1], search[2], half_turn=half)
    grid = placement_grid(scalp.surface, roi.center, casing=shape, gap_m=gap_m)
    exact = reciprocal_elements(system, roi)
    best = find_optimum(exact, grid, source, roi.center, how, slope_a_s=slope_a_s)
    left = room(shape, best.pose, scalp.distance)
    if left < 0:
        raise InvalidInput(
            "--distance-mm", gap_m * 1000, f"at least {(gap_m - left) * 1000:.1f}: the best place touches"
        )
    over = best.map.score_v_m[int(np.linalg.norm(best.map.offsets_m, axis=1).argmin())]
    words = (
        f"Best of {best.n_placements} placements within {search[0] * 1000:g} mm over the target, every "
        f"{search[1] * 1000:g} mm and {search[2]:g}°: mean field {best.score_v_m:.3g} V/m. Straight over the target it "
        f"is {over.max():.3g} V/m with the best handle and {over.min():.3g} with the worst. Placements are judged by "
        "the strength of the mean field vector"
        + ("; the best half turn is as good as its opposite." if half else ", over the whole turn."),
        f"{1000 * float(np.hypot(*best.offset_m)):.1f} mm along the scalp from the point over the target; the casing "
        f"has {1000 * left:.1f} mm of room.",
    )
    return Placed(best.pose, roi, title, tuple(said for said in (moved, *words) if said))


def exported(there: Placed, system: str | None, folder: Path) -> Placed:
    """Write the pose for a navigation system into ``folder`` when one is named, and say so."""
    from euthymia.cli.fields_navigation import write_pose

    if system is None:
        return there
    path = write_pose(there.pose, system, there.title, folder)
    note = (
        f"The pose was written for {system} to {path}: right for the image that this head was made from, and no other."
    )
    return replace(there, notes=(*there.notes, note))


def pose_of_matrix(path: Path, name: str | None, coil: CoilModel, scalp: Scalp) -> tuple[CoilPose, tuple[str, ...]]:
    """Pose of a file, and what was assumed; refused when it puts the coil into the head."""
    from euthymia.cli.fields_navigation import read_pose
    from euthymia.engines.fields.collision import casing_shape
    from euthymia.engines.fields.outside import require_outside

    pose, assumed = read_pose(path, name)
    otherwise = "give --position and --direction and let it be placed"
    require_outside(casing_shape(coil), pose, scalp.distance, argument="--matrix", otherwise=otherwise)
    return pose, assumed


def _scalp_spot(head: FieldHead, scalp: Scalp, wanted: Wanted, notes: list[str]) -> FloatArray:
    from euthymia.engines.fields.electrodes import position
    from euthymia.engines.fields.mni_fiducials import estimate_fiducials
    from euthymia.engines.fields.scalp_rules import beam_sites, measure_head

    if wanted.position is not None:
        return triple("--position", wanted.position)
    if head.mni is None:
        raise InvalidInput(
            "--beam-f3" if wanted.beam_f3 else "--electrode", "a head without landmarks", "a head in MNI space",
            "Say --in-mni if the head lies in MNI space, or mark the place and give --position x,y,z.",
        )  # fmt: skip
    guessed = estimate_fiducials(scalp.surface, head.mni)
    notes.append(guessed.statement)
    measured = measure_head(scalp.surface, guessed.fiducials)
    if wanted.electrode is not None:
        return position(measured, wanted.electrode)
    sites = beam_sites(measured)
    return next(iter(sites.values()))[1]
