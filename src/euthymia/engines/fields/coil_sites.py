"""Sites for a coil on one head: where on the scalp, the grey matter each one aims at, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.grey_region import GREY, grey_region
from euthymia.engines.fields.mesh import FloatArray, TetMesh
from euthymia.engines.fields.placement_model import PlacementModel, model_of_target
from euthymia.engines.fields.roi import Roi, roi_sphere
from euthymia.engines.fields.surfaces import closest_points, tissue_surface
from euthymia.engines.fields.target_table import TargetTable
from euthymia.engines.fields.targets import Target

SHARED_M = 0.003
"""Two sites nearer than this are one for the hand that holds the coil."""


@dataclass(frozen=True, slots=True, eq=False)
class CoilSite:
    """A site.

    Attributes
    ----------
    target
        What is aimed at, with its source.
    on_scalp : (3,)
        Where the coil goes, m.
    roi
        Grey matter that is read off as the site's own: around the target, or below the scalp point.
    depth_m
        From the scalp point to the middle of that grey matter.
    cortex_m
        From the scalp point to the nearest grey matter.
    model
        Scatter of the method; None when no source that was read measured it.
    warnings
        What has to be known of the site.
    """

    target: Target
    on_scalp: FloatArray
    roi: Roi
    depth_m: float
    cortex_m: float
    model: PlacementModel | None
    warnings: tuple[str, ...] = ()


def coil_sites(mesh: TetMesh, table: TargetTable, *, model: PlacementModel | None = None) -> tuple[CoilSite, ...]:
    """Sites of every cortical and scalp target of a table.

    Parameters
    ----------
    mesh
        Head with grey matter.
    table
        Targets on this head, with their scalp sites.
    model
        Scatter that is taken for every site; by default that of each target's method.

    Notes
    -----
    A cortical target more than 3 mm outside grey matter is moved to the nearest, with a warning. Below a scalp site
    the grey matter nearest to it is read off.
    """
    if not (mesh.tissue == GREY).any():
        raise InvalidInput("mesh", "without grey matter (tag 2)", "a head with grey matter", "Map your labels.")
    surface = tissue_surface(mesh, (GREY,))
    middles = mesh.nodes[mesh.tets[mesh.tissue == GREY]].mean(axis=1)
    found = []
    for row in table.rows:
        target, words = row.target, []
        if target.kind == "seed":
            continue
        if row.site is None:
            raise InvalidInput("table", "without scalp sites", "a table made with the scalp of the head")
        if target.kind == "cortex":
            region = grey_region(mesh, row.point, title=target.title, head="this head", nearest=True, surface=surface)
            roi = region.roi
            if region.moved_m:
                words.append(f"{1000 * region.moved_m:.1f} mm outside grey matter: read off at the nearest")
        else:
            roi = roi_sphere(mesh, middles[int(np.linalg.norm(middles - row.site, axis=1).argmin())])
        scatter = model if model is not None else model_of_target(target.method)
        depth = float(np.linalg.norm(roi.center - row.site))
        cortex = float(closest_points(surface, row.site[None], candidates=64).distance_m[0])
        found.append(CoilSite(target, row.site, roi, depth, cortex, scatter, tuple(words)))
    return _with_shared(found)


def electrode_targets(positions: Mapping[str, FloatArray], names: Sequence[str]) -> tuple[Target, ...]:
    """Positions of the 10-10 system as scalp targets."""
    return tuple(
        Target(f"eeg_{name.lower()}", f"{name} of the 10-10 system", "scalp", positions[name], "head", "10-10")
        for name in names
    )


def _with_shared(sites: Sequence[CoilSite]) -> tuple[CoilSite, ...]:
    """Name, at each site, the others that lie within ``SHARED_M``."""
    near: dict[str, list[str]] = {site.target.code: [] for site in sites}
    for one, other in combinations(sites, 2):
        apart = float(np.linalg.norm(one.on_scalp - other.on_scalp))
        if apart < SHARED_M:
            near[one.target.code].append(f"{other.target.title} ({1000 * apart:.1f} mm)")
            near[other.target.code].append(f"{one.target.title} ({1000 * apart:.1f} mm)")
    return tuple(
        replace(site, warnings=(*site.warnings, f"shares its coil site with {', '.join(near[site.target.code])}"))
        if near[site.target.code]
        else site
        for site in sites
    )
