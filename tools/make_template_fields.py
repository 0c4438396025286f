"""Make the fields of TMS on the template head that the package ships: a table of sites and a picture for each default.

Run ``python tools/make_template_fields.py`` (extra ``fields``; about 5 minutes on 2 cores), or with ``--head head.npz``
from ``euthymia fields head --template -o head.npz``. Each site: the coil touches the scalp (casing 4 mm off it, for
hair), handle back and to the left at 45° to the midline. Field per A/us of coil current, by second-order elements on
cells of 8 mm, half of that in grey matter and CSF; ``--cell-mm 6`` is more exact and needs several times the memory and
time.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from template_picture import Camera, field_picture

from euthymia import __version__
from euthymia.cli.fields_input import FieldHead, mesh_template, read_head
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sources import CoilSource
from euthymia.engines.fields.coils import coil_model, geometry
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.head_targets import head_targets
from euthymia.engines.fields.mesh import FloatArray, Surface, tet_volumes
from euthymia.engines.fields.recovery import recover_within_tissues
from euthymia.engines.fields.roi import Roi, roi_sphere
from euthymia.engines.fields.scalp_placement import Scalp, place
from euthymia.engines.fields.solve import prepare, solve
from euthymia.engines.fields.surfaces import scalp_surface, tissue_surface, triangle_normals
from euthymia.engines.fields.targets import mni_targets
from euthymia.engines.fields.vector_potential import dA_dt

DATA = Path(__file__).parents[1] / "src" / "euthymia" / "therapies" / "tms" / "data"
COILS = ("magstim_70mm_figure8", "b65_class_figure8")
HAND_MM = (-37.0, -21.0, 58.0)
"""Left hand area in MNI space, from memory of a meta-analysis (Mayka 2006): the statement of its row says so."""
DEFAULTS = {
    "beam_website": "beam_f3|f4_mirror", "rule_5_5_cm": "rule_5_5_cm", "clinical_38_44_26": "mni_clinical",
    "weigand": "mni_connectivity",
}  # fmt: skip
SECOND_COIL = (*DEFAULTS, "motor_hand", "rule_5_cm", "ten_twenty")
LEFT_OUT = ("beam_linear", "left_anterior_dlpfc", "left_posterior_dlpfc")
"""A variant that coincides with the default, and two sites of other regions."""
GAP_M, SLOPE_A_S, AT_ONCE = 0.004, 1e6, 7
BACK_LEFT, BACK_RIGHT = (-1.0, -1.0, 0.0), (1.0, -1.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where a coil goes, the region that is read off, and how far the point was moved to grey matter (mm)."""

    code: str
    title: str
    kind: str
    on_scalp: FloatArray
    roi: Roi
    moved_mm: float
    handle: tuple[float, float, float]


def sites(head: FieldHead, scalp: Scalp) -> list[Site]:
    """The motor site, every published point of the cortex, every scalp rule."""
    assert head.mni is not None
    middles = head.mesh.nodes[head.mesh.tets[head.mesh.tissue == 2]].mean(axis=1)

    def region(point: FloatArray) -> tuple[Roi, float]:
        away = np.linalg.norm(middles - point, axis=1)
        best = int(away.argmin())
        moved = float(away[best]) if away[best] > 0.003 else 0.0
        return roi_sphere(head.mesh, middles[best] if moved else point), 1000 * moved

    hand = np.array(HAND_MM) / 1000
    hand_spot = scalp.project(hand)
    cortical = [t for t in mni_targets() if t.kind == "cortex"]
    table = head_targets(head.mesh, cortical, mni=head.mni, hand_spot=hand_spot).table
    found = [Site("motor_hand", "Hand area of the motor cortex", "cortex", hand_spot, *region(hand), BACK_LEFT)]
    for row in table.rows:
        if row.target.code in LEFT_OUT:
            continue
        assert row.site is not None
        on_scalp = row.site
        nearest = middles[np.linalg.norm(middles - on_scalp, axis=1).argmin()]
        below = row.point if row.target.kind == "cortex" else nearest
        found.append(Site(row.target.code, row.target.title, row.target.kind, on_scalp, *region(below), BACK_LEFT))
    first = next(site for site in found if site.code == "beam_website")
    turned = replace(
        first, code="beam_website_turned", title=f"{first.title}, handle back and to the right", handle=BACK_RIGHT
    )
    return [*found, turned]


def main() -> None:
    """Solve every site with every coil and write table and pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path)
    parser.add_argument("--output", type=Path, default=DATA)
    parser.add_argument("--cell-mm", type=float, default=8.0)
    parser.add_argument("--order", type=int, default=2)
    chosen = parser.parse_args()
    head = read_head(chosen.head) if chosen.head else mesh_template(chosen.cell_mm / 1000)[1]
    scalp = Scalp.of(scalp_surface(head.mesh))
    every = sites(head, scalp)
    system = prepare(head.mesh, order=chosen.order)
    print(f"{len(every)} sites, {head.mesh.tets.shape[0]} tetrahedra, {system.space.n} unknowns", flush=True)
    cortex, near = pial(head)
    clinical = next(site for site in every if site.code == "clinical_38_44_26").roi
    default = next(site for site in every if site.code == "beam_website")
    rows: list[dict[str, Any]] = []
    pictures: dict[str, tuple[FloatArray, CoilPose]] = {}
    recovery = recover_within_tissues(head.mesh) if chosen.order == 1 else None
    print("recovery made", flush=True)
    for coil in COILS:
        placed = [site for site in every if coil == COILS[0] or site.code in SECOND_COIL]
        model = coil_model(coil)
        shape = casing_shape(model)
        poses = [place(scalp, shape, s.on_scalp, s.handle, distance_m=GAP_M).pose for s in placed]
        for first in range(0, len(placed), AT_ONCE):
            group = slice(first, first + AT_ONCE)
            sources = [model.sources()[0][1].moved(pose.matrix) for pose in poses[group]]
            result = solve(system, together(sources), tolerance=1e-6)
            assert result.error is not None
            for k, (site, pose) in enumerate(zip(placed[group], poses[group], strict=True)):
                field = result.field_v_m[:, :, k : k + 1]
                if recovery is not None:
                    field = recovery.in_elements(field)
                strength = np.linalg.norm(field[:, :, 0], axis=1)
                found = (strength, result.error.element_v_m[:, k])
                rows.append(measured(site, coil, pose, found, head, cortex, near, clinical, default))
                if coil == COILS[0] and site.code in DEFAULTS:
                    pictures[site.code] = (near @ strength, pose)
            print(coil, first, flush=True)
    motor = {row["coil"]: row["e_peak"] for row in rows if row["site"] == "motor_hand"}
    for row in rows:
        row["ratio_to_motor"] = row["e_target"] / motor[row["coil"]]
    how = f"{chosen.cell_mm:g} mm cells, order {chosen.order}{' recovered' if recovery else ''}"
    chosen.output.mkdir(parents=True, exist_ok=True)
    write(chosen.output, rows, f"{head.mesh.tets.shape[0]} tetrahedra, {how}")
    highest = max(float(np.quantile(values, 0.999)) for values, _ in pictures.values())
    print(f"scale 0 to {highest:.4f} V/m per A/us")
    for code, (values, pose) in pictures.items():
        data = field_picture(cortex, values, round(highest, 1), outline(pose))
        (chosen.output / f"template_{code}.png").write_bytes(data)
        print(code, len(data), "bytes")


def together(sources: list[CoilSource]) -> Callable[[FloatArray], FloatArray]:
    """Primary field of several placements, as the solver takes it."""
    return lambda points: np.stack([dA_dt(source, points, SLOPE_A_S) for source in sources], axis=2)


def pial(head: FieldHead) -> tuple[Surface, Any]:
    """Outer face of the brain, and the matrix from elements to its nodes (mean of the grey elements at each)."""
    from scipy.sparse import csr_array, diags_array

    mesh = head.mesh
    surface = tissue_surface(mesh, (1, 2))
    keys = {tuple(node): i for i, node in enumerate(mesh.nodes)}
    of_mesh = np.array([keys[tuple(node)] for node in surface.nodes])
    local = np.full(mesh.nodes.shape[0], -1)
    local[of_mesh] = np.arange(of_mesh.size)
    own = local[mesh.tets]
    touching = (own >= 0) & (mesh.tissue == 2)[:, None]
    elements = np.nonzero(touching)[0]
    weights = tet_volumes(mesh.nodes, mesh.tets)[elements]
    matrix = csr_array((weights, (own[touching], elements)), shape=(of_mesh.size, mesh.tets.shape[0]))
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return surface, diags_array(1 / np.where(total > 0, total, 1.0)) @ matrix


def measured(
    site: Site, coil: str, pose: CoilPose, found: tuple[FloatArray, FloatArray], head: FieldHead,
    cortex: Surface, near: Any, clinical: Roi, default: Site,
) -> dict[str, Any]:  # fmt: skip
    """One row of the table."""
    strength, errors = found
    volumes = tet_volumes(head.mesh.nodes, head.mesh.tets)

    def mean(roi: Roi) -> float:
        return float(np.average(strength[roi.elements], weights=volumes[roi.elements]))

    inside = site.roi.elements
    error = errors[inside]
    share = np.sqrt((volumes[inside] @ error**2) / (volumes[inside] @ strength[inside] ** 2))
    at_nodes = near @ strength
    peak = float(np.quantile(at_nodes, 0.999))
    areas = np.linalg.norm(triangle_normals(cortex), axis=1)
    hot = areas[at_nodes[cortex.triangles].mean(axis=1) >= peak / 2].sum()
    center = site.roi.center
    column, line, _ = Camera.default().pixels(center[None])[0]
    return {
        "site": site.code, "title": site.title, "kind": site.kind, "coil": coil,
        "targets": DEFAULTS.get(site.code, ""),
        "x_mm": 1000 * center[0], "y_mm": 1000 * center[1], "z_mm": 1000 * center[2], "moved_mm": site.moved_mm,
        "e_target": mean(site.roi), "e_clinical": mean(clinical), "e_peak": peak, "ratio_to_motor": 0.0,
        "depth_mm": 1000 * np.linalg.norm(pose.center - center), "area_half_cm2": 1e4 * hot,
        "from_default_mm": 1000 * np.linalg.norm(site.on_scalp - default.on_scalp),
        "error_pct": 100 * share, "pixel_x": column, "pixel_y": line,
    }  # fmt: skip


def outline(pose: CoilPose) -> list[FloatArray]:
    """Outer edge of both wings, and the handle, m."""
    around = np.linspace(0, 2 * np.pi, 90)
    lines = []
    for wing in geometry(COILS[0]).windings:
        ring = np.stack((wing.offset_m + wing.outer_m * np.cos(around), wing.outer_m * np.sin(around)), axis=1)
        lines.append(np.column_stack([ring, np.zeros(90)]))
    lines.append(np.array([(0.0, -0.01, 0.0), (0.0, -0.075, 0.0)]))
    return [line @ pose.matrix[:3, :3].T + pose.matrix[:3, 3] for line in lines]


def write(folder: Path, rows: list[dict[str, Any]], mesh: str) -> None:
    """Write the table; numbers to the digits that mean something."""
    digits = {"e_target": 4, "e_clinical": 4, "e_peak": 4, "ratio_to_motor": 3, "error_pct": 2}
    with (folder / "template_fields.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*rows[0], "mesh", "engine", "source", "doi", "verification", "as_of"])
        for row in rows:
            cells = [f"{v:.{digits.get(n, 1)}f}" if isinstance(v, float | np.floating) else v for n, v in row.items()]
            source = "derived: computed on the template head by tools/make_template_fields.py"
            table.writerow([*cells, mesh, f"euthymia {__version__}", source, "", "unverified", "2026-11-23"])


if __name__ == "__main__":
    main()
