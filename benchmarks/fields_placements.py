"""How fast the field of any placement is on one head: reciprocity, search for the optimum, reduced basis.

    .venv/bin/python benchmarks/fields_placements.py                       # template head, 5 mm, linear
    .venv/bin/python benchmarks/fields_placements.py --cell-mm 6 --order 2 --placements 1000

Times are wall seconds with every core this process may use: run it on an idle machine. Errors of the basis are against
direct solutions of the same placements on the same mesh; the error of that mesh itself is not in them.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from euthymia.engines.fields.auxiliary_coil import AuxiliaryCoil
from euthymia.engines.fields.coil_sources import CoilSource, DipoleSource
from euthymia.engines.fields.coils import coil_model, dipoles_of
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
from euthymia.engines.fields.linear_maps import element_middles, field_map, load_matrix
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh
from euthymia.engines.fields.optimize import Search, find_optimum, matched_coil
from euthymia.engines.fields.placement_grid import CoilFace, placement_grid, turned
from euthymia.engines.fields.reciprocity import auxiliary_elements, reciprocal_elements, stacked
from euthymia.engines.fields.reduced_basis import BasisSettings, ReducedBasis, build_basis, placement_errors
from euthymia.engines.fields.roi import roi_sphere
from euthymia.engines.fields.solve import FieldSystem, prepare, solve_potential
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.engines.fields.template import template_head
from euthymia.engines.fields.threads import by_rows
from euthymia.engines.fields.vector_potential import potential_per_ampere

LIMIT_PLACEMENTS_S, LIMIT_OPTIMUM_S, LIMIT_BASIS_MS, LIMIT_BATCH_S, LIMIT_ERROR = 2_500.0, 60.0, 10.0, 2_000.0, 0.025
COIL_NAMES = ("magstim_70mm_figure8", "magventure_cb60", "circular_90mm_class", "magstim_double_cone")


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result and wall seconds of one call."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def cortex(mesh: TetMesh, count: int) -> IntArray:
    """Grey elements that touch CSF, in the upper half of the brain, thinned to ``count``."""
    wet = np.zeros(mesh.nodes.shape[0], dtype=bool)
    wet[mesh.tets[mesh.tissue == 3]] = True
    chosen = np.flatnonzero((mesh.tissue == 2) & wet[mesh.tets].any(axis=1))
    heights = mesh.nodes[mesh.tets[chosen]].mean(axis=1)[:, 2]
    chosen = chosen[heights > np.quantile(heights, 0.3)]
    if chosen.size <= count:
        return chosen
    return np.sort(np.random.default_rng(0).choice(chosen, count, replace=False))


def reciprocity(system: FieldSystem, source: CoilSource) -> None:
    """Elements of a target, placements per second, and the optimum against brute force."""
    mesh, scalp = system.space.mesh, scalp_surface(system.space.mesh)
    grey = mesh.nodes[mesh.tets[mesh.tissue == 2]].mean(axis=1)
    target = grey[np.linalg.norm(grey - (-0.038, 0.044, 0.026), axis=1).argmin()]
    roi = roi_sphere(mesh, target, 0.006)
    exact, solving = timed(lambda: reciprocal_elements(system, roi))
    few, reducing = timed(lambda: auxiliary_elements(exact, scalp, target))
    grid = placement_grid(scalp, target, face=CoilFace.flat(0.09))
    search = Search()
    coil, matching = timed(lambda: matched_coil(source, few, grid, search))
    matrices, placing = timed(lambda: grid.matrices(grid.offsets(search.radius_m, search.step_m)))
    fields, judging = timed(lambda: coil.fields(few, matrices))
    count = fields.shape[0] * fields.shape[1]
    print(f"  region: {roi.elements.size} elements, three solutions {solving:.1f} s; {len(few.positions)} elements in")
    print(f"    their place {reducing:.1f} s; {len(coil.positions)} dipoles in place of the coil {matching:.1f} s")
    print(f"    grid: {count} placements in {judging:.2f} s = {count / judging:,.0f}/s", end=" ")
    print(f"(limit {LIMIT_PLACEMENTS_S:,.0f}); poses laid on the scalp {placing:.1f} s")
    loose = stacked(coil_at_zero(coil), turned(matrices[:400], np.linspace(0, 6, 400)))
    _, scattered = timed(lambda: few.field_of_dipoles(*loose))
    print(f"    scattered placements {len(loose[0]) / scattered:,.0f}/s")
    best, whole = timed(lambda: find_optimum(exact, grid, source, target, search, slope_a_s=1e6))
    print(f"    optimum: {solving + whole:.1f} s from the prepared head (limit {LIMIT_OPTIMUM_S:.0f}),", end=" ")
    print(f"{best.score_v_m:.4f} V/m at 1 A/us")
    places = np.random.default_rng(1).choice(len(matrices), 8, replace=False)
    top = np.argsort(best.map.score_v_m.max(axis=1))[-4:]
    gaps = []
    for place in np.concatenate([places, top]):
        turn = int(best.map.score_v_m[place].argmax())
        pose = turned(matrices[place][None], best.map.angles_rad[turn : turn + 1])[0]
        brute = float(exact.strength(exact.field(source.moved(pose), 1e6)))
        gaps.append(best.map.score_v_m[place, turn] / brute - 1)
    print(f"    map against the exact elements at 12 placements: {100 * np.abs(gaps).max():.3f} % at most")


def coil_at_zero(coil: AuxiliaryCoil) -> DipoleSource:
    """The auxiliary dipoles of the first angle as a coil."""
    return DipoleSource(coil.positions, coil.moments_per_ampere[0])


def random_placements(scalp: Any, count: int) -> list[CoilSource]:
    """The coils in turn, anywhere over the upper scalp and at any angle, casing 4 mm clear of the head."""
    draw = np.random.default_rng(2)
    top = np.flatnonzero(scalp.nodes[:, 2] > np.quantile(scalp.nodes[:, 2], 0.6))
    models = [coil_model(name) for name in COIL_NAMES]
    faces = [CoilFace.of_points(casing_shape(model).points) for model in models]
    placed: list[CoilSource] = []
    for number in range(count):
        which = number % len(models)
        over = placement_grid(scalp, scalp.nodes[draw.choice(top)], face=faces[which], gap_m=0.004)
        pose = turned(over.matrices(np.zeros((1, 2))), draw.uniform(0, 2 * np.pi, 1))[0]
        placed.append(dipoles_of(models[which]).moved(pose))
    return placed


def basis_part(system: FieldSystem, points: int, settings: BasisSettings, placements: int) -> None:
    """Build the basis; one placement, a batch, and errors against direct solutions."""
    mesh, scalp = system.space.mesh, scalp_surface(system.space.mesh)
    where = element_middles(cortex(mesh, points))
    basis, building = timed(lambda: build_basis(system, where, scalp, settings))
    held = f"{building:.0f} s, {basis.modes.nbytes / 1e6:.0f} MB"
    print(f"  basis: {len(basis.points)} points, {settings.solved} solutions, {basis.rank} modes, {held}", flush=True)
    placed = random_placements(scalp, placements)
    rates = np.stack([potential_per_ampere(source, basis.control) for source in placed], axis=2)
    once = min(timed(lambda: basis.field(rates[..., :1]))[1] for _ in range(9)) * 1e3
    sampling = min(timed(lambda: potential_per_ampere(placed[0], basis.control))[1] for _ in range(9)) * 1e3
    batch = np.tile(rates, (1, 1, 1 + 256 // placements))[..., :256]
    many = min(timed(lambda: basis.field(batch))[1] for _ in range(3))
    print(
        f"    one placement {once:.1f} ms (limit {LIMIT_BASIS_MS:g}), and its potential at {len(basis.control)}",
        end=" ",
    )
    print(f"points from {placed[0].n_elements} dipoles {sampling:.1f} ms;", end=" ")
    print(f"batch {256 / many:,.0f}/s (limit {LIMIT_BATCH_S:,.0f}), without the potential")
    errors = direct_errors(system, basis, where, placed, rates)
    for name, values in zip(("all points", "above half of the peak"), errors, strict=True):
        shown = f"mean {100 * values.mean():.2f}, 95th percentile {100 * np.quantile(values, 0.95):.2f}"
        print(f"    error, {name}: {shown}, worst {100 * values.max():.2f} % (limit {100 * LIMIT_ERROR:g} %)")
    for number, name in enumerate(COIL_NAMES):
        print(f"      {name}: worst {100 * errors[0][number :: len(COIL_NAMES)].max():.2f} % over all points")


def direct_errors(
    system: FieldSystem, basis: ReducedBasis, where: Any, placed: list[CoilSource], rates: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Relative errors of every placement against its own direct solution."""
    loads, maps, space = by_rows(load_matrix(system.space, system.sigma)), field_map(system.space, where), system.space
    whole, hot = [], []
    for first in range(0, len(placed), 20):
        some = placed[first : first + 20]
        nodal = np.stack([potential_per_ampere(source, space.points) for source in some], axis=2)
        potential = solve_potential(system, loads @ nodal.reshape(3 * space.n, -1), tolerance=1e-7).solution
        pair = placement_errors(basis, maps.field(potential, nodal), rates[..., first : first + 20])
        whole.append(pair[0])
        hot.append(pair[1])
    return np.concatenate(whole), np.concatenate(hot)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell-mm", type=float, default=5.0, help="coarse cell of the head mesh; half of it in cortex")
    parser.add_argument("--order", type=int, default=1)
    parser.add_argument("--points", type=int, default=20_484)
    parser.add_argument("--placements", type=int, default=200)
    parser.add_argument("--solved", type=int, default=400)
    parser.add_argument("--kept", type=int, default=240)
    parser.add_argument("--only", choices=["reciprocity", "basis"])
    chosen = parser.parse_args()
    head, meshing = timed(lambda: mesh_labels(template_head().labels, HeadMeshing(coarse_m=chosen.cell_mm / 1e3)))
    system, setting_up = timed(lambda: prepare(head.mesh, order=chosen.order))
    size = f"{system.space.n} unknowns, {head.mesh.tets.shape[0]} elements, order {chosen.order}"
    print(f"template head, cells of {chosen.cell_mm:g} mm: {size};", end=" ")
    print(f"meshed {meshing:.0f} s, prepared {setting_up:.0f} s", flush=True)
    if chosen.only != "basis":
        reciprocity(system, dipoles_of(coil_model(COIL_NAMES[0])))
    if chosen.only != "reciprocity":
        settings = BasisSettings(solved=chosen.solved, kept=chosen.kept)
        basis_part(system, chosen.points, settings, chosen.placements)
    print(f"most memory of the whole run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
