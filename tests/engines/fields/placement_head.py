"""A small head-shaped conductor and a figure-8 coil for tests of placement; nothing here comes from a file."""

from __future__ import annotations

from functools import cache

import numpy as np

from euthymia.engines.fields.coil_pose import rotation
from euthymia.engines.fields.coil_sources import DipoleSource, SegmentSource
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface, TetMesh
from euthymia.engines.fields.solve import FieldSystem, Method, prepare
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import node_normals, scalp_surface

STRETCH = np.array([0.85, 1.05, 0.95])
RADII = (0.074, 0.077, 0.084, 0.092)
TAGS = (2, 3, 4, 5)


@cache
def head(edge_m: float = 0.012) -> TetMesh:
    """Ellipsoid of grey matter, CSF, bone and scalp."""
    ball = layered_sphere(RADII, TAGS, edge_m)
    return TetMesh(ball.nodes * STRETCH, ball.tets, ball.tissue)


@cache
def prepared(order: int = 1, edge_m: float = 0.012, method: Method = "multigrid") -> FieldSystem:
    """The head with its solver."""
    return prepare(head(edge_m), order=order, method=method)


@cache
def scalp(edge_m: float = 0.012) -> Surface:
    """Its outer surface."""
    return scalp_surface(head(edge_m))


def cortex(edge_m: float = 0.012) -> IntArray:
    """Grey elements near the CSF in the upper half."""
    mesh = head(edge_m)
    middles = mesh.nodes[mesh.tets].mean(axis=1) / STRETCH
    far_out = np.linalg.norm(middles, axis=1) > 0.060
    return np.flatnonzero((mesh.tissue == 2) & far_out & (middles[:, 2] > -0.01))


def figure_8() -> DipoleSource:
    """Two wings of nine turns as dipoles spread over their disks; windings 4 mm above the face."""
    positions, moments = [], []
    for side in (-1.0, 1.0):
        for radius in np.linspace(0.026, 0.044, 5):
            for ring in np.sqrt((np.arange(3) + 0.5) / 3) * radius:
                phase = 2 * np.pi * (np.arange(16) + 0.5) / 16
                x, y = side * 0.046 + ring * np.cos(phase), ring * np.sin(phase)
                positions.append(np.column_stack([x, y, np.full(16, -0.004)]))
                moments.append(np.tile([0.0, 0.0, side * 9 / 5 * np.pi * radius**2 / 48], (16, 1)))
    return DipoleSource(np.vstack(positions), np.vstack(moments))


def loop_of_wire(radius_m: float = 0.04, pieces: int = 60) -> SegmentSource:
    """One closed turn."""
    phase = 2 * np.pi * np.arange(pieces + 1) / pieces
    corners = np.column_stack([radius_m * np.cos(phase), radius_m * np.sin(phase), np.full(pieces + 1, -0.004)])
    return SegmentSource.whole_wires((corners[1:] + corners[:-1]) / 2, np.diff(corners, axis=0))


def random_poses(count: int, seed: int, *, lowest_m: float = 0.03, gap_m: float = 0.004) -> list[FloatArray]:
    """Poses over the upper scalp with any angle."""
    draw, surface = np.random.default_rng(seed), scalp()
    normals = node_normals(surface)
    chosen = draw.choice(np.flatnonzero(surface.nodes[:, 2] > lowest_m), count)
    poses = []
    for index, angle in zip(chosen, draw.uniform(0, 2 * np.pi, count), strict=True):
        z = -normals[index]
        x = np.cross([0.1, 0.9, 0.2], z)
        x /= np.linalg.norm(x)
        pose = np.eye(4)
        pose[:3, :3] = np.column_stack([x, np.cross(z, x), z]) @ rotation((0, 0, 1), float(angle))[:3, :3]
        pose[:3, 3] = surface.nodes[index] - gap_m * z
        poses.append(pose)
    return poses
