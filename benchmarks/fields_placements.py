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
from euthymia.engines.fields.basis_check import measured_errors, random_placements
from euthymia.engines.fields.basis_solves import solves
from euthymia.engines.fields.coil_sources import CoilSource, DipoleSource
from euthymia.engines.fields.coils import coil_model, dipoles_of
from euthymia.engines.fields.cortex_points import cortical_points
from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
from euthymia.engines.fields.optimize import Search, find_optimum, matched_coil
from euthymia.engines.fields.placement_grid import CoilFace, placement_grid, turned
from euthymia.engines.fields.reciprocity import auxiliary_elements, reciprocal_elements, stacked
from euthymia.engines.fields.reduced_basis import BasisSettings, build_basis, reached, sources_over
from euthymia.engines.fields.roi import roi_sphere
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.solve import FieldSystem, prepare
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.engines.fields.template import template_head
from euthymia.engines.fields.vector_potential import potential_per_ampere

LIMIT_PLACEMENTS_S, LIMIT_OPTIMUM_S, LIMIT_BASIS_MS, LIMIT_BATCH_S, LIMIT_ERROR = 2_500.0, 60.0, 10.0, 2_000.0, 0.025
LIMIT_BUILD_S, LIMIT_MAP = 300.0, 0.005
COIL_NAMES = ("magstim_70mm_figure8", "magventure_cb60", "circular_90mm_class", "magstim_double_cone")


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result and wall seconds of one call."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


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
    rate = count / judging
    print(f"    {bar(rate >= LIMIT_PLACEMENTS_S)} grid: {count} placements in {judging:.2f} s = {rate:,.0f}/s", end=" ")
    print(f"(limit {LIMIT_PLACEMENTS_S:,.0f}); poses laid on the scalp {placing:.1f} s")
    loose = stacked(coil_at_zero(coil), turned(matrices[:400], np.linspace(0, 6, 400)))
    _, scattered = timed(lambda: few.field_of_dipoles(*loose))
    rate = len(loose[0]) / scattered
    print(f"    {bar(rate >= LIMIT_PLACEMENTS_S)} scattered placements {rate:,.0f}/s (limit {LIMIT_PLACEMENTS_S:,.0f})")
    best, whole = timed(lambda: find_optimum(exact, grid, source, target, search, slope_a_s=1e6))
    whole += solving
    print(f"    {bar(whole < LIMIT_OPTIMUM_S)} optimum: {whole:.1f} s from the prepared head", end=" ")
    print(f"(limit {LIMIT_OPTIMUM_S:.0f}),", end=" ")
    print(f"{best.score_v_m:.4f} V/m at 1 A/us")
    places = np.random.default_rng(1).choice(len(matrices), 8, replace=False)
    top = np.argsort(best.map.score_v_m.max(axis=1))[-4:]
    gaps = []
    for place in np.concatenate([places, top]):
        turn = int(best.map.score_v_m[place].argmax())
        pose = turned(matrices[place][None], best.map.angles_rad[turn : turn + 1])[0]
        brute = float(exact.strength(exact.field(source.moved(pose), 1e6)))
        gaps.append(best.map.score_v_m[place, turn] / brute - 1)
    worst = float(np.abs(gaps).max())
    print(f"    {bar(worst <= LIMIT_MAP)} map against the exact elements at 12 placements: {100 * worst:.3f} % at most")


def coil_at_zero(coil: AuxiliaryCoil) -> DipoleSource:
    """The auxiliary dipoles of the first angle as a coil."""
    return DipoleSource(coil.positions, coil.moments_per_ampere[0])


def bar(passed: bool) -> str:
    """Pass or miss."""
    return "PASS" if passed else "MISS"


def basis_part(system: FieldSystem, points: int, settings: BasisSettings, placements: int, set_up_s: float) -> None:
    """Build the basis; one placement, a batch, and errors against direct solutions, each with its bar."""
    scalp = Scalp.of(scalp_surface(system.space.mesh))
    where = cortical_points(system.space.mesh, points)
    began, spent = time.perf_counter(), time.process_time()
    work = solves(system, where, sources_over(system, where, scalp.surface, settings))
    basis = build_basis(system, where, scalp.surface, settings, None, work)
    building, spent = time.perf_counter() - began, time.process_time() - spent
    held = f"{building:.0f} s wall, {spent:.0f} s of processor, {basis.modes.nbytes / 1e6:.0f} MB to keep"
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"  basis: {len(basis.points)} points, {settings.solved} solutions, {basis.rank} modes: {held}, {most:.1f} GB"
    )
    total = set_up_s + building
    print(
        f"    {bar(total < LIMIT_BUILD_S)} with meshing left out {total:.0f} s (limit {LIMIT_BUILD_S:.0f})", flush=True
    )
    placed = random_placements(scalp, reached(scalp.surface, basis.points), placements, seed=2)
    sources = [one.source for one in placed[:256]]
    rates = np.stack([potential_per_ampere(source, basis.control) for source in sources], axis=2)
    once = min(timed(lambda: basis.field(rates[..., :1]))[1] for _ in range(15)) * 1e3
    largest = max(sources, key=lambda source: source.n_elements)
    sampling = min(timed(lambda: potential_per_ampere(largest, basis.control))[1] for _ in range(15)) * 1e3
    batch = np.tile(rates, (1, 1, 1 + 256 // len(sources)))[..., :256]
    many = 256 / min(timed(lambda: basis.field(batch))[1] for _ in range(3))
    print(
        f"    {bar(once + sampling <= LIMIT_BASIS_MS)} one placement {once + sampling:.1f} ms: field {once:.1f} ms,",
        end=" ",
    )
    print(f"potential at {len(basis.control)} points from {largest.n_elements} dipoles {sampling:.1f} ms", end=" ")
    print(f"(limit {LIMIT_BASIS_MS:g})")
    print(f"    {bar(many >= LIMIT_BATCH_S)} batch {many:,.0f}/s without the potential (limit {LIMIT_BATCH_S:,.0f})")
    (whole, hot), checking = timed(lambda: measured_errors(basis, work, placed))
    for title, values in (("all points", whole), ("above half of the peak", hot)):
        shown = f"mean {100 * values.mean():.2f}, 95th percentile {100 * np.quantile(values, 0.95):.2f}"
        print(f"    {bar(values.max() <= LIMIT_ERROR)} error of {len(placed)} placements, {title}: {shown},", end=" ")
        print(f"worst {100 * values.max():.2f} % (limit {100 * LIMIT_ERROR:g} %)")
    names = np.array([one.coil for one in placed])
    for name in dict.fromkeys(names.tolist()):
        own = 100 * whole[names == name]
        print(f"      {name}: mean {own.mean():.2f}, worst {own.max():.2f} %")
    print(f"    direct solutions {checking:.0f} s")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell-mm", type=float, default=5.0, help="coarse cell of the head mesh; half of it in cortex")
    parser.add_argument("--order", type=int, default=1)
    parser.add_argument("--points", type=int, default=20_484)
    parser.add_argument("--placements", type=int, default=200)
    parser.add_argument("--solved", type=int, default=700)
    parser.add_argument("--kept", type=int, default=600)
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
        settings = BasisSettings(solved=chosen.solved, kept=min(chosen.kept, chosen.solved), coils=6 * chosen.solved)
        basis_part(system, chosen.points, settings, chosen.placements, setting_up)
    print(f"most memory of the whole run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
