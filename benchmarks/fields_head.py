"""How exact the field of a coil is in the grey matter of a head, against a reference refined twice.

    .venv/bin/python benchmarks/fields_head.py                        # template head, 6 mm cells (the default)
    .venv/bin/python benchmarks/fields_head.py --cell-mm 9 --orders 1 2
    .venv/bin/python benchmarks/fields_head.py --labels LABELS.nii.gz --scheme roast --target=-40,40,40

The reference is the same mesh with every element around the target split into eight, and those nearer to it once more
(quarter edges), solved with second-order elements: same shape, same conductivities, so that the difference is the error
of the computation. It is taken in the grey matter inside the twice refined ball, where nearly all of the field is.

values     the field in the middle of each element, the number that the tool reports, against the mean of the reference
points     the field at four points of each element, against the reference there: the strictest measure
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from euthymia.cli.fields_input import FieldHead, mesh_template, target_point
from euthymia.cli.fields_placing import Wanted, placed
from euthymia.engines.fields.coils import coil_model
from euthymia.engines.fields.evaluate import locate
from euthymia.engines.fields.grading import refine
from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh
from euthymia.engines.fields.nifti import read_labels
from euthymia.engines.fields.recovery import recover_within_tissues
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.solve import FieldResult, field_at, prepare, solve
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.engines.fields.vector_potential import total_dA_dt

_A, _B = 0.5854101966249685, 0.1381966011250105
POINTS = np.full((4, 4), _B) + (_A - _B) * np.eye(4)
"""Barycentric points of a rule of degree 2, all with the same weight."""
BAR_PCT = 2.0
"""Of the default setting: second order."""
MARGIN_M = 0.006


def refined(mesh: TetMesh, center: FloatArray, radii_m: list[float]) -> TetMesh:
    """Split the elements whose middle lies within each radius in turn, largest first."""
    for radius in radii_m:
        middles = mesh.nodes[mesh.tets].mean(axis=1)
        parts = refine(mesh.nodes, mesh.tets, np.linalg.norm(middles - center, axis=1) < radius)
        mesh = TetMesh(parts.nodes, parts.tets, mesh.tissue[parts.parent])
    return mesh


def share(gap: FloatArray, whole: FloatArray, volumes: FloatArray) -> float:
    """Root of the volume-weighted mean square of a difference over that of the field, %."""
    return 100 * float(np.sqrt((gap**2).sum(axis=1) @ volumes / ((whole**2).sum(axis=1) @ volumes)))


def compare(found: FieldResult, chosen: IntArray, exact: FloatArray, source: object) -> None:
    """Print the errors of one solution; ``exact (m, 4, 3)`` at the four points of the chosen elements."""
    space = found.system.space
    mesh, volumes = space.mesh, space.volumes[chosen]
    points = np.einsum("qi,eic->eqc", POINTS, mesh.nodes[mesh.tets[chosen]])
    ours = field_at(found, points.reshape(-1, 3), source=source, tissue=(2,))[..., 0].reshape(-1, 4, 3)  # type: ignore[arg-type]
    if space.order == 1:
        recovery = recover_within_tissues(mesh)
        where = locate(space, points.reshape(-1, 3), tissue=(2,))
        ours = recovery.at(found.field_v_m, where)[..., 0].reshape(-1, 4, 3)
        middle = recovery.in_elements(found.field_v_m)[chosen, :, 0]
    else:
        middle = found.field_v_m[chosen, :, 0]
    mean = exact.mean(axis=1)
    strong = np.linalg.norm(mean, axis=1)
    hot = strong > 0.5 * np.quantile(strong, 0.999)
    gap = np.linalg.norm(middle, axis=1) - strong
    points_gap = (ours - exact).reshape(-1, 3)
    four = np.repeat(volumes / 4, 4)
    print(f"    values {share(middle - mean, mean, volumes):.2f} %", end=", ")
    print(f"above half of the peak {share((middle - mean)[hot], mean[hot], volumes[hot]):.2f} %", end=", ")
    print(f"their strength {share(gap[:, None], mean, volumes):.2f} %", end=", ")
    at_points = share(points_gap, exact.reshape(-1, 3), four)
    print(f"points {at_points:.2f} %", end="")
    worst = max(at_points, share(middle - mean, mean, volumes))
    print(f", bar {BAR_PCT:g} %: {'pass' if worst <= BAR_PCT else 'MISS'}" if space.order == 2 else "")
    peak = np.quantile(np.linalg.norm(middle, axis=1), 0.999) / np.quantile(strong, 0.999) - 1
    print(f"    peak (99.9 %) off by {100 * peak:+.2f} %", end="")
    if found.error is not None:
        print(f"; estimated error, all grey matter: {100 * float(found.error.by_tissue[2][0]):.2f} %", end="")
    print()


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell-mm", type=float, default=6.0)
    parser.add_argument("--orders", type=int, nargs="+", default=[2], choices=[1, 2])
    parser.add_argument("--labels", type=Path, help="a label volume in place of the template")
    parser.add_argument("--scheme", default="simnibs")
    parser.add_argument("--target", default="weigand", help="MNI name (template) or x,y,z in mm")
    parser.add_argument("--coil", default="magstim_70mm_figure8")
    parser.add_argument("--radii-mm", type=float, nargs="+", default=[42.0, 31.0], help="refined balls, largest first")
    chosen = parser.parse_args()
    began = time.process_time()
    if chosen.labels is None:
        head = mesh_template(chosen.cell_mm / 1000)[1]
    else:
        volume = read_labels(chosen.labels, scheme=chosen.scheme)
        head = FieldHead(mesh_labels(volume, HeadMeshing(chosen.cell_mm / 1000)).mesh, chosen.labels.name, "", None)
    mesh, coil = head.mesh, coil_model(chosen.coil)
    print(f"{head.name}, {chosen.cell_mm:g} mm cells: {mesh.tets.shape[0]} elements", end=" ")
    print(f"(meshed in {time.process_time() - began:.0f} s of processor time)")
    pose = placed(
        head, Scalp.of(scalp_surface(mesh)), coil, Wanted(chosen.target, None, None, False, None, None, 4.0, True)
    ).pose
    excitations = coil.excitations(pose, [1e6] * len(coil.drives))

    def source(points: FloatArray) -> FloatArray:
        return np.asarray(total_dA_dt(excitations, points))

    center = target_point(head, chosen.target)[1]
    radii = [radius / 1000 for radius in chosen.radii_mm]
    middles = mesh.nodes[mesh.tets].mean(axis=1)
    inside = np.flatnonzero((mesh.tissue == 2) & (np.linalg.norm(middles - center, axis=1) < radii[-1] - MARGIN_M))
    found = []
    for order in chosen.orders:
        began = time.process_time()
        system = prepare(mesh, order=order)
        ready = time.process_time()
        found.append(solve(system, source))
        print(f"  order {order}: {system.space.n} unknowns, set-up {ready - began:.0f} s,", end=" ")
        print(f"solved with estimate {time.process_time() - ready:.0f} s of processor time", flush=True)
    began = time.process_time()
    fine = refined(mesh, center, radii)
    points = np.einsum("qi,eic->eqc", POINTS, mesh.nodes[mesh.tets[inside]]).reshape(-1, 3)
    reference = solve(prepare(fine), source, error=False)
    exact = field_at(reference, points, source=source, tissue=(2,))[..., 0].reshape(-1, 4, 3)
    print(f"  reference: {fine.tets.shape[0]} elements, {reference.system.space.n} unknowns,", end=" ")
    print(f"{time.process_time() - began:.0f} s of processor time; {inside.size} elements of grey matter compared")
    for result in found:
        print(f"  order {result.system.space.order}{' with recovery' if result.system.space.order == 1 else ''}")
        compare(result, inside, exact, source)
    print(f"most memory of the whole run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


if __name__ == "__main__":
    main()
