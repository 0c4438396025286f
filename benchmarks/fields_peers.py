"""Placements one after another as the peers do it, P1 with PARDISO or with AMG, and ours on the same mesh.

    .venv/bin/python benchmarks/fields_peers.py                          # template head, 9, 6 and 5 mm cells
    .venv/bin/python benchmarks/fields_peers.py --cells 9 --basis        # and the reduced basis
    PYTHONPATH=/where/pypardiso/is PYPARDISO_MKL_RT=/.../libmkl_rt.so.3 .venv/bin/python benchmarks/fields_peers.py

Every method runs in a process of its own, so that its peak memory is its own. A placement is all from the coil's pose
to the field in all elements. "set-up" comes after the matrix is assembled; "rest" is the potential of the coil at the
nodes, the right-hand side and the field, by the same code for everybody. Reciprocity gives the mean in one region, the
basis the field at 20,484 points of the cortex. PARDISO (`pypardiso`, MKL) is never a dependency: the row is left out
where it is not installed. "P1 + AMG" is PyAMG's classical (Ruge-Stueben) or smoothed-aggregation multigrid with
conjugate gradients, one right-hand side at a time, to 1e-8.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from euthymia.engines.fields.assembly import load_from_nodes, stiffness
from euthymia.engines.fields.coil_sources import DipoleSource
from euthymia.engines.fields.coils import coil_model, dipoles_of
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.conductivity import element_conductivity
from euthymia.engines.fields.evaluate import element_field
from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
from euthymia.engines.fields.linear_maps import element_middles
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh
from euthymia.engines.fields.reciprocity import auxiliary_elements, reciprocal_elements, stacked
from euthymia.engines.fields.reduced_basis import build_basis
from euthymia.engines.fields.roi import Roi, roi_sphere
from euthymia.engines.fields.scalp_placement import Scalp, place
from euthymia.engines.fields.solve import FieldSystem, prepare, solve_potential
from euthymia.engines.fields.space import make_space
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.engines.fields.template import template_head
from euthymia.engines.fields.vector_potential import potential_per_ampere

COIL, TARGET = "magstim_70mm_figure8", (-0.038, 0.044, 0.026)
DISTANCE_M, POINTS, TOLERANCE = 0.004, 20_484, 1e-8
METHODS = {
    "pardiso": "P1 + PARDISO", "classical": "P1 + AMG (classical)", "aggregation": "P1 + AMG (aggregation)",
    "linear": "ours, P1 block", "quadratic": "ours, P2 block", "reciprocity": "ours, reciprocity (region)",
    "basis": "ours, basis (cortex)",
}  # fmt: skip
SERIAL = ("classical", "aggregation")
"""PyAMG sweeps on one core; more threads only slow its short dot products."""
Work = Callable[[], Any]


def timed(work: Work) -> tuple[Any, float, float]:
    """Result, wall seconds and processor seconds (all threads) of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - processor


def peak_mb() -> float:
    """Most memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def poses(mesh: TetMesh, count: int, near: FloatArray | None = None) -> FloatArray:
    """A figure-eight in any direction over places of the upper scalp, or within 15 mm of a point, ``(count, 4, 4)``.

    Its casing keeps 4 mm from the head.
    """
    scalp, shape, draw = Scalp.of(scalp_surface(mesh)), casing_shape(coil_model(COIL)), np.random.default_rng(3)
    nodes = scalp.surface.nodes
    top = nodes[nodes[:, 2] > np.quantile(nodes[:, 2], 0.7)]
    if near is not None:
        there = nodes[np.linalg.norm(nodes - near, axis=1).argmin()]
        top = nodes[np.linalg.norm(nodes - there, axis=1) < 0.015]
    placed = []
    for _ in range(count):
        middle = top[draw.integers(len(top))]
        outward = middle - mesh.nodes.mean(axis=0)
        outward /= np.linalg.norm(outward)
        along = draw.normal(size=3)
        along -= (along @ outward) * outward
        pose = place(scalp, shape, middle, along / np.linalg.norm(along), distance_m=DISTANCE_M).pose
        placed.append(pose.matrix)
    return np.stack(placed)


def sources(matrices: FloatArray) -> list[DipoleSource]:
    """The coil at these poses."""
    coil = dipoles_of(coil_model(COIL))
    return [coil.moved(matrix) for matrix in matrices]


def grey_elements(mesh: TetMesh) -> IntArray:
    """Where methods are compared."""
    return np.flatnonzero(mesh.tissue == 2)


def region(mesh: TetMesh) -> Roi:
    """Grey matter within 6 mm of a prefrontal point."""
    middles = mesh.nodes[mesh.tets[grey_elements(mesh)]].mean(axis=1)
    return roi_sphere(mesh, middles[np.linalg.norm(middles - TARGET, axis=1).argmin()], 0.006)


def held(system: FieldSystem) -> Any:
    """The stiffness matrix with one unknown of each part tied, so that it is positive definite."""
    from scipy import sparse

    tie = np.zeros(system.space.n)
    tie[np.unique(system.parts, return_index=True)[1]] = system.matrix.matrix.diagonal().mean()
    return (system.matrix.matrix + sparse.diags(tie)).tocsr()


class Mean:
    """Sums of times over placements."""

    def __init__(self) -> None:
        self.wall, self.processor, self.count = 0.0, 0.0, 0

    def add(self, work: Work, count: int = 1) -> Any:
        result, wall, processor = timed(work)
        self.wall, self.processor, self.count = self.wall + wall, self.processor + processor, self.count + count
        return result

    def shown(self, name: str) -> dict[str, float]:
        return {f"{name}_s": self.wall / self.count, f"{name}_cpu_s": self.processor / self.count}


def one_by_one(system: FieldSystem, solver: Callable[[FloatArray], FloatArray], placed: list[DipoleSource]) -> Any:
    """Fields in grey matter of one placement after the other, and the times of solving and of the rest."""
    space, solving, rest = system.space, Mean(), Mean()
    fields, grey = [], grey_elements(space.mesh)
    for source in placed:
        rates = rest.add(lambda source=source: potential_per_ampere(source, space.points)[..., None] * 1e6)
        right = rest.add(lambda rates=rates: load_from_nodes(space, system.sigma, rates), 0)
        potential = solving.add(lambda right=right: solver(right))
        field = rest.add(lambda p=potential, rates=rates: element_field(space, p, rates), 0)
        fields.append(field[grey, :, 0].astype(np.float32))
    return np.stack(fields, axis=2), {**solving.shown("solve"), **rest.shown("rest")}


def in_a_block(system: FieldSystem, placed: list[DipoleSource]) -> Any:
    """The same with all placements solved together."""
    space, solving, rest = system.space, Mean(), Mean()
    count, grey = len(placed), grey_elements(space.mesh)
    rates = rest.add(
        lambda: np.stack([potential_per_ampere(source, space.points) * 1e6 for source in placed], axis=2), count
    )
    right = rest.add(lambda: load_from_nodes(space, system.sigma, rates), 0)
    potential = solving.add(lambda: solve_potential(system, right, tolerance=TOLERANCE).solution, count)
    parts = []
    for first in range(0, count, 4):
        some = slice(first, first + 4)
        field = rest.add(lambda some=some: element_field(space, potential[:, some], rates[..., some]), 0)
        parts.append(field[grey].astype(np.float32))
    return np.concatenate(parts, axis=2), {**solving.shown("solve"), **rest.shown("rest")}


def pardiso(mesh: TetMesh, placed: list[DipoleSource]) -> Any:
    """Cholesky factors by MKL."""
    import pypardiso
    from scipy import sparse

    system = prepare(mesh, order=1)
    upper = sparse.triu(held(system)).tocsr()
    solver = pypardiso.PyPardisoSolver(mtype=2)
    _, wall, processor = timed(lambda: solver.factorize(upper))
    fields, times = one_by_one(system, lambda right: np.asarray(solver.solve(upper, right)), placed)
    many = np.tile(np.random.default_rng(0).normal(size=(system.space.n, 1)), (1, 16))
    _, block, block_cpu = timed(lambda: solver.solve(upper, many))
    return fields, {
        "setup_s": wall, "setup_cpu_s": processor, **times, "block_s": block / 16, "block_cpu_s": block_cpu / 16,
    }  # fmt: skip


def algebraic(mesh: TetMesh, placed: list[DipoleSource], kind: str) -> Any:
    """Conjugate gradients with a multigrid of PyAMG."""
    import pyamg

    system = prepare(mesh, order=1)
    matrix = held(system)
    make = pyamg.ruge_stuben_solver if kind == "classical" else pyamg.smoothed_aggregation_solver
    levels, wall, processor = timed(lambda: make(matrix))
    steps: list[int] = []

    def solver(right: FloatArray) -> FloatArray:
        residuals: list[float] = []
        found = levels.solve(right[:, 0], tol=TOLERANCE, accel="cg", residuals=residuals, maxiter=500)
        steps.append(len(residuals) - 1)
        return np.asarray(found)[:, None]

    fields, times = one_by_one(system, solver, placed)
    return fields, {"setup_s": wall, "setup_cpu_s": processor, **times, "steps": float(np.mean(steps))}


def ours(mesh: TetMesh, placed: list[DipoleSource], order: int) -> Any:
    """Our multigrid, all placements at once."""
    prepare(layered_sphere((0.08, 0.09), (2, 5), 0.02), order=order)  # imports and first calls are nobody's set-up
    sigma = element_conductivity(mesh)
    _, wall, processor = timed(lambda: stiffness(make_space(mesh, order), sigma))
    system, whole, all_cores = timed(lambda: prepare(mesh, order=order))
    fields, times = in_a_block(system, placed)
    return fields, {
        "setup_s": whole - wall, "setup_cpu_s": all_cores - processor, **times, "unknowns": float(system.space.n),
    }  # fmt: skip


def reciprocal(mesh: TetMesh, placed: list[DipoleSource]) -> Any:
    """Mean field of one region by reciprocity: exact elements, and the few that stand for them near the target."""
    roi, system = region(mesh), prepare(mesh, order=1)

    def set_up() -> Any:
        exact = reciprocal_elements(system, roi)
        return exact, auxiliary_elements(exact, scalp_surface(mesh), roi.center)

    (exact, few), wall, processor = timed(set_up)
    means = np.stack([exact.field(source, 1e6)[0] for source in placed])
    above = poses(mesh, 8, near=roi.center)
    good, near = (np.stack([e.field(source, 1e6)[0] for source in sources(above)]) for e in (exact, few))
    positions, moments = stacked(dipoles_of(coil_model(COIL)), np.tile(above, (32, 1, 1)))
    few.field_of_dipoles(positions[:8], moments[:8])
    _, many, many_cpu = timed(lambda: few.field_of_dipoles(positions, moments))
    off = np.linalg.norm(near - good, axis=1) / np.linalg.norm(good, axis=1)
    return means.astype(np.float32), {
        "setup_s": wall, "setup_cpu_s": processor, "solve_s": many / 256, "solve_cpu_s": many_cpu / 256, "rest_s": 0.0,
        "rest_cpu_s": 0.0, "few_error_pct": 100 * float(off.max()),
    }  # fmt: skip


def reduced(mesh: TetMesh, placed: list[DipoleSource]) -> Any:
    """Field at points of the cortex from a basis; fields_placements.py has its errors."""
    system = prepare(mesh, order=1)
    grey = grey_elements(mesh)
    chosen = np.sort(np.random.default_rng(0).choice(grey, min(POINTS, grey.size), replace=False))
    basis, wall, processor = timed(lambda: build_basis(system, element_middles(chosen), scalp_surface(mesh)))
    product, potential = Mean(), Mean()
    for source in placed:
        rates = potential.add(lambda source=source: potential_per_ampere(source, basis.control)[..., None])
        product.add(lambda rates=rates: basis.field(rates))
    return np.zeros(0), {
        "setup_s": wall, "setup_cpu_s": processor, **product.shown("solve"), **potential.shown("rest"),
    }  # fmt: skip


def measure(method: str, head: Path, result: Path, count: int) -> None:
    """One method in this process; fields in grey matter go to ``result``, numbers to standard output."""
    with np.load(head) as saved:
        mesh = TetMesh(saved["nodes"], saved["tets"], saved["tissue"])
    placed = sources(poses(mesh, count))
    with contextlib.suppress(ImportError):
        importlib.import_module("pyamg")  # its import is nobody's set-up
    before = peak_mb()
    works: dict[str, Work] = {
        "pardiso": lambda: pardiso(mesh, placed), "classical": lambda: algebraic(mesh, placed, "classical"),
        "aggregation": lambda: algebraic(mesh, placed, "aggregation"), "linear": lambda: ours(mesh, placed, 1),
        "quadratic": lambda: ours(mesh, placed, 2), "reciprocity": lambda: reciprocal(mesh, placed),
        "basis": lambda: reduced(mesh, placed),
    }  # fmt: skip
    fields, numbers = works[method]()
    np.save(result, fields)
    print(json.dumps({**numbers, "peak_mb": peak_mb(), "mesh_mb": before}))


def relative(field: FloatArray, reference: FloatArray, volumes: FloatArray) -> float:
    """Worst relative L2 difference in grey matter over the placements."""
    off = np.einsum("eck,e->k", (field - reference).astype(np.float64) ** 2, volumes)
    return float(np.sqrt(off / np.einsum("eck,e->k", reference.astype(np.float64) ** 2, volumes)).max())


def compare(cell_mm: float, methods: list[str], count: int, folder: Path) -> None:
    """All methods on one mesh."""
    meshed, wall, _ = timed(lambda: mesh_labels(template_head().labels, HeadMeshing(coarse_m=cell_mm / 1e3)))
    mesh = meshed.mesh
    print(
        f"\ntemplate head, cells of {cell_mm:g} mm: {mesh.tets.shape[0]} elements, {mesh.nodes.shape[0]} nodes,",
        end=" ",
    )
    print(f"meshed in {wall:.0f} s")
    print(f"  {'':27s} {'set-up':>14s} {'solve':>16s} {'rest':>14s} {'memory':>8s}")
    print(f"  {'':27s} {'wall / cpu s':>14s} {'wall / cpu s':>16s} {'wall / cpu s':>14s} {'MB':>8s}")
    head, fields, found = folder / "head.npz", {}, {}
    np.savez(head, nodes=mesh.nodes, tets=mesh.tets, tissue=mesh.tissue)
    for method in methods:
        arguments = ["--measure", method, "--head", str(head), "--result", str(folder / f"{method}.npy")]
        threads = {"OPENBLAS_NUM_THREADS": "1"} if method in SERIAL else {}
        ran = subprocess.run(
            [sys.executable, __file__, *arguments, "--placements", str(count)], capture_output=True, text=True,
            env={**os.environ, **threads},
        )  # fmt: skip
        if ran.returncode:
            print(f"  {METHODS[method]:27s} not run: {ran.stderr.strip().splitlines()[-1]}", flush=True)
            continue
        found[method] = one = json.loads(ran.stdout.splitlines()[-1])
        fields[method] = np.load(folder / f"{method}.npy")
        words = "".join(
            f" {word} {one[key]:.4g}" for key, word in (("steps", "steps"), ("block_s", "16 at once, s each"),
("unknowns", "unknowns"), ("few_error_pct", "% error of the few elements"))
            if key in one
        )  # fmt: skip
        print(
            f"  {METHODS[method]:27s} {one['setup_s']:6.1f} / {one['setup_cpu_s']:5.1f} {one['solve_s']:8.4f} / "
            f"{one['solve_cpu_s']:.4f} {one['rest_s']:7.3f} / {one['rest_cpu_s']:.3f} {one['peak_mb']:8.0f}{words}",
            flush=True,
        )
    _differences(mesh, fields)
    _verdict(found)


def _differences(mesh: TetMesh, fields: dict[str, Any]) -> None:
    from euthymia.engines.fields.mesh import tet_volumes

    grey = grey_elements(mesh)
    volumes = tet_volumes(mesh.nodes, mesh.tets)[grey]
    for name, reference in (("pardiso", "the same elements, by factors"), ("quadratic", "quadratic elements")):
        if name in fields:
            said = [
                f"{METHODS[other]} {100 * relative(fields[other], fields[name], volumes):.2g} %"
                for other in ("pardiso", "classical", "aggregation", "linear") if other in fields and other != name
            ]  # fmt: skip
            print(f"  worst difference in grey matter from {reference}: {', '.join(said)}")
    direct = fields.get("pardiso", fields.get("linear"))
    if "reciprocity" in fields and direct is not None:
        roi, by = region(mesh), fields["reciprocity"]
        shares = np.zeros(mesh.tets.shape[0])
        shares[roi.elements] = roi.patches[0]
        means = np.einsum("e,eck->kc", shares[grey], direct)
        off = np.linalg.norm(by - means, axis=1) / np.linalg.norm(means, axis=1)
        print(f"  worst difference of the region's mean by reciprocity from direct solutions: {100 * off.max():.2g} %")


def _verdict(found: dict[str, Any]) -> None:
    """A placement of ours against the fastest peer, by processor time."""
    rivals = {m: found[m]["solve_cpu_s"] for m in ("pardiso", "classical", "aggregation") if m in found}
    if not rivals:
        return
    best = min(rivals, key=lambda m: rivals[m])
    for method in ("linear", "quadratic", "reciprocity", "basis"):
        if method in found:
            ratio = rivals[best] / found[method]["solve_cpu_s"]
            bar = "" if method in ("linear", "quadratic") else (": pass" if ratio > 1 else ": MISS")
            print(f"  {METHODS[method]}: {ratio:,.3g} times as fast as {METHODS[best]} (cpu time of solving){bar}")


def main() -> None:
    """Compare on each mesh."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=float, nargs="+", default=[9.0, 6.0, 5.0], help="coarse cells of the mesh, mm")
    parser.add_argument("--placements", type=int, default=8)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=[m for m in METHODS if m != "basis"])
    parser.add_argument("--basis", action="store_true", help="the reduced basis too (minutes)")
    for hidden in ("--measure", "--head", "--result"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(chosen.measure, Path(chosen.head), Path(chosen.result), chosen.placements)
        return
    methods = [*chosen.methods, *(["basis"] if chosen.basis else [])]
    print(f"{chosen.placements} placements of {COIL}; cuNIBS needs an NVIDIA GPU and Python 3.12: not run here")
    with tempfile.TemporaryDirectory() as folder:
        for cell_mm in chosen.cells:
            compare(cell_mm, methods, chosen.placements, Path(folder))


if __name__ == "__main__":
    main()
