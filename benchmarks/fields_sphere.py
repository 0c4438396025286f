"""How fast and how exact induced fields are: set-up, one source, a block of sources, linear against quadratic elements.

    .venv/bin/python benchmarks/fields_sphere.py                      # layered sphere at 10 and 7 mm, a few minutes
    .venv/bin/python benchmarks/fields_sphere.py --edges 5 --block 64

The head is a sphere of four shells (78, 80, 86 and 92 mm; 0.33, 1.79, 0.0042 and 0.33 S/m) and the source a
figure-eight 12 mm above it, so that the closed form tells the true error. Times are processor seconds of this process
(all its threads), so that a busy machine does not change them much. The peers solve the same matrix: SciPy's sparse LU,
and PARDISO where `pypardiso` is installed.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from euthymia.engines.fields.amg import Multigrid
from euthymia.engines.fields.analytic_sphere import sphere_field
from euthymia.engines.fields.assembly import load_from_nodes
from euthymia.engines.fields.error_estimate import estimate_error
from euthymia.engines.fields.evaluate import element_field
from euthymia.engines.fields.recovery import recover_within_tissues
from euthymia.engines.fields.solve import FieldSystem, prepare, solve_potential
from euthymia.engines.fields.sphere_mesh import layered_sphere

RADII, TAGS = (0.078, 0.080, 0.086, 0.092), (2, 3, 4, 5)
LIMIT_SHELL = 0.015  # acceptance, for quadratic elements of 3 mm
SIGMA = {2: 0.33, 3: 1.79, 4: 0.0042, 5: 0.33}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result and processor seconds of one call."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def figure_eight(height_m: float = 0.104) -> tuple[np.ndarray, np.ndarray]:
    """Positions and moment rates of 2 x 150 vertical dipoles in rings; 1 A/us in turns of 5 to 40 mm."""
    positions, rates = [], []
    for side in (-1.0, 1.0):
        for ring in np.linspace(0.005, 0.04, 8):
            for angle in np.linspace(0, 2 * np.pi, int(600 * ring) + 5, endpoint=False):
                positions.append((side * 0.045 + ring * np.cos(angle), ring * np.sin(angle), height_m))
                rates.append((0.0, 0.0, side * ring))
    return np.array(positions), 10.0 * np.array(rates) / len(rates) * 1e3


def rates_at(points: np.ndarray, positions: np.ndarray, moment_rates: np.ndarray) -> np.ndarray:
    """dA/dt of magnetic dipoles, V/m, ``(m, 3, 1)``."""
    result = np.empty((*points.shape, 1))
    for first in range(0, len(points), 4096):
        apart = points[first : first + 4096, None] - positions[None]
        weight = 1e-7 / np.einsum("mkc,mkc->mk", apart, apart) ** 1.5
        result[first : first + 4096, :, 0] = np.einsum("mk,mkc->mc", weight, np.cross(moment_rates[None], apart))
    return result


def shell_error(system: FieldSystem, field: np.ndarray, coil: tuple[np.ndarray, np.ndarray]) -> float:
    """Relative L2 error in the brain beyond 60 mm."""
    mesh = system.space.mesh
    middles = mesh.nodes[mesh.tets].mean(axis=1)
    inside = (mesh.tissue == 2) & (np.linalg.norm(middles, axis=1) > 0.06)
    exact, weight = sphere_field(middles[inside], *coil), system.space.volumes[inside]
    off = ((field[inside, :, 0] - exact) ** 2).sum(axis=1)
    return float(np.sqrt((off @ weight) / ((exact**2).sum(axis=1) @ weight)))


def held_megabytes(system: FieldSystem) -> float:
    """Memory of the matrix and of the multigrid."""
    solver = system.solver
    assert isinstance(solver, Multigrid)
    levels = [part for level in solver.levels for part in (level.matrix, level.prolongation, level.restriction)]
    arrays = [a for rows in (system.matrix, *levels) for a in (rows.matrix.data, rows.matrix.indices)]
    return (sum(a.nbytes for a in arrays) + solver.coarse_inverse.nbytes) / 1e6


def peers(system: FieldSystem, right: np.ndarray) -> None:
    """The same right-hand side by sparse factors."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    held = np.zeros(system.space.n)
    held[0] = system.matrix.matrix.diagonal().mean()
    matrix = (system.matrix.matrix + sparse.diags(held)).tocsc()
    options = {"SymmetricMode": True}
    factor, seconds = timed(lambda: splu(matrix, permc_spec="MMD_AT_PLUS_A", options=options))
    _, once = timed(lambda: factor.solve(right))
    size = factor.L.nnz * 12e-6 * 2
    print(f"    SciPy LU                 set-up {seconds:7.2f} s, one source {once:6.3f} s, {size:7.0f} MB of factors")
    try:
        import pypardiso
    except ImportError:
        print("    PARDISO                  not installed (pypardiso)")
        return
    solver = pypardiso.PyPardisoSolver(mtype=11)
    rows = matrix.tocsr()
    _, seconds = timed(lambda: solver.factorize(rows))
    _, once = timed(lambda: solver.solve(rows, right))
    print(f"    PARDISO                  set-up {seconds:7.2f} s, one source {once:6.3f} s")


def measure(edge_mm: float, order: int, block: int, direct_up_to: int) -> None:
    """One mesh and order: set-up, one source, a block, error, memory and peers."""
    coil = figure_eight()
    mesh, meshing = timed(lambda: layered_sphere(RADII, TAGS, edge_mm / 1e3))
    system, setting_up = timed(lambda: prepare(mesh, SIGMA, order=order))
    space = system.space
    rates, sampling = timed(lambda: rates_at(space.points, *coil))
    right, loading = timed(lambda: load_from_nodes(space, system.sigma, rates))
    iteration, once = timed(lambda: solve_potential(system, right))
    field, evaluating = timed(lambda: element_field(space, iteration.solution, rates))
    estimate, estimating = timed(lambda: estimate_error(space, system.sigma, iteration.solution, rates))
    many = np.random.default_rng(0).normal(size=(space.n, block)) * np.abs(right).max() * 0.01 + right
    many -= many.mean(axis=0)
    blocked, together = timed(lambda: solve_potential(system, many))
    size = f"{space.n} unknowns, {mesh.tets.shape[0]} elements of {edge_mm:g} mm"
    print(f"  order {order}: {size} (meshed in {meshing:.1f} s)")
    print(f"    set-up {setting_up:.2f} s, {held_megabytes(system):.0f} MB held")
    print(f"    one source               {once:.2f} s, {iteration.steps[0]} steps to 1e-8")
    print(f"    around it                dA/dt at nodes {sampling:.2f} s, right side {loading:.2f} s,", end=" ")
    print(f"field {evaluating:.2f} s, estimate {estimating:.2f} s")
    print(f"    block of {block:<4}            {together / block:.3f} s a source, {blocked.steps.max()} steps")
    off = shell_error(system, field, coil)
    bar = "" if order == 1 else f", bar {100 * LIMIT_SHELL:g} %: {'pass' if off <= LIMIT_SHELL else 'MISS'}"
    print(f"    error in the brain shell {100 * off:.3f} %{bar}", end="")
    print(f" (estimate for the brain {100 * estimate.by_tissue[2][0]:.3f} %)")
    if order == 1:
        recovery, building = timed(lambda: recover_within_tissues(mesh))
        smooth = recovery.in_elements(field)
        print(
            f"    with recovery            {100 * shell_error(system, smooth, coil):.3f} %, built in {building:.2f} s"
        )
    if space.n <= direct_up_to:
        peers(system, right)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=float, nargs="+", default=[10.0, 7.0], help="mean edges, mm")
    parser.add_argument("--orders", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--block", type=int, default=64, help="sources solved at once")
    parser.add_argument("--direct-up-to", type=int, default=70_000, help="unknowns up to which factors are tried")
    chosen = parser.parse_args()
    for edge_mm in chosen.edges:
        print(f"edges of {edge_mm:g} mm")
        for order in chosen.orders:
            measure(edge_mm, order, chosen.block, chosen.direct_up_to)
    print(f"most memory of the whole run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
