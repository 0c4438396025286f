"""Random heads, and a judge of collisions that shares no code with the one it judges."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import cKDTree

FloatArray = Any
TOLERANCE_M = 1e-4


def icosphere(rounds: int) -> tuple[FloatArray, FloatArray]:
    """Nodes on the unit sphere and triangles, counter-clockwise from outside."""
    t = (1 + 5**0.5) / 2
    upright = [(-1, t, 0), (1, t, 0), (-1, -t, 0), (1, -t, 0)]
    sideways = [(0, -1, t), (0, 1, t), (0, -1, -t), (0, 1, -t)]
    nodes = np.array([*upright, *sideways, (t, 0, -1), (t, 0, 1), (-t, 0, -1), (-t, 0, 1)])
    corners = "0b5 051 017 07a 0ab 159 5b4 ba2 a76 718 394 342 326 368 389 495 24b 62a 867 981"
    faces = np.array([[int(mark, 16) for mark in face] for face in corners.split()])
    for _ in range(rounds):
        ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        edges, which = np.unique(ends, axis=0, return_inverse=True)
        a, b, c = which.reshape(3, -1) + len(nodes)
        nodes = np.vstack([nodes, nodes[edges].mean(axis=1)])
        p, q, r = faces.T
        faces = np.concatenate([np.column_stack(f) for f in ((p, a, c), (q, b, a), (r, c, b), (a, b, c))])
    return nodes / np.linalg.norm(nodes, axis=1, keepdims=True), faces


def random_head(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Ellipsoid with bumps, dents, a nose, ears and a flat base; m, nodes and triangles."""
    unit, faces = icosphere(int(rng.choice([3, 4, 4, 5])))
    axes = rng.uniform((0.065, 0.085, 0.075), (0.085, 0.108, 0.1))
    radius = np.ones(len(unit))

    def bump(direction: Any, width: float, height: float) -> None:
        middle = np.asarray(direction) / np.linalg.norm(direction)
        radius[:] += height * np.exp((unit @ middle - 1) / width**2)

    for _ in range(int(rng.integers(3, 12))):
        bump(rng.normal(size=3), rng.uniform(0.08, 0.45), rng.uniform(-0.10, 0.09))
    bump((0, 1, rng.uniform(-0.3, 0.1)), rng.uniform(0.08, 0.16), rng.uniform(0.1, 0.3))
    for side in (-1, 1):
        bump((side, -0.1, rng.uniform(-0.2, 0.1)), rng.uniform(0.07, 0.15), rng.uniform(0.05, 0.3))
    nodes = unit * axes * radius[:, None]
    floor = rng.uniform(-1.2, -0.8) * axes[2]
    return nodes * np.where(nodes[:, 2:] < floor, floor / np.minimum(nodes[:, 2:], floor), 1.0), faces


def segment_gap(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Distance of points from segments, row by row."""
    along = end - start
    share = np.einsum("ij,ij->i", points - start, along) / np.einsum("ij,ij->i", along, along)
    return np.linalg.norm(points - start - share.clip(0, 1)[:, None] * along, axis=1)


def triangle_gap(points: FloatArray, corners: FloatArray) -> FloatArray:
    """Distance of points from triangles ``(n, 3, 3)``, row by row."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    above = np.ones(len(points), dtype=bool)
    for start, end in ((a, b), (b, c), (c, a)):
        above &= np.einsum("ij,ij->i", np.cross(normal, end - start), points - start) >= 0
    plane = np.abs(np.einsum("ij,ij->i", normal, points - a))
    edge = np.minimum(np.minimum(segment_gap(points, a, b), segment_gap(points, b, c)), segment_gap(points, c, a))
    return np.where(above, plane, edge)


class Judge:
    """Distances from a head, by all triangles that can be nearest, and inside or outside by crossings of a ray."""

    def __init__(self, nodes: FloatArray, triangles: FloatArray) -> None:
        self.corners = nodes[triangles]
        self.middles = self.corners.mean(axis=1)
        self.reach = float(np.linalg.norm(self.corners - self.middles[:, None], axis=2).max())
        self.nodes, self.tree = cKDTree(nodes), cKDTree(self.middles)

    def gap(self, points: FloatArray) -> FloatArray:
        """Unsigned distance, m."""
        least = self.nodes.query(points)[0]
        near = self.tree.query_ball_point(points, least + self.reach)
        count = np.array([len(one) for one in near])
        flat = np.concatenate([np.asarray(one, dtype=np.int64) for one in near])
        found = triangle_gap(np.repeat(points, count, axis=0), self.corners[flat])
        return np.minimum.reduceat(found, np.concatenate([[0], np.cumsum(count)[:-1]]))

    def inside(self, points: FloatArray) -> FloatArray:
        """Whether a ray crosses the head an odd number of times."""
        ray = np.array([0.2153, -0.3571, 0.9089])
        a = self.corners[:, 0]
        u, v = self.corners[:, 1] - a, self.corners[:, 2] - a
        h = np.cross(ray, v)
        det = np.einsum("ij,ij->i", u, h)
        odd = np.zeros(len(points), dtype=bool)
        kept = np.flatnonzero(np.abs(det) > 1e-16)
        a, u, v, h, det = a[kept], u[kept], v[kept], h[kept], det[kept]
        along, start = ray / np.linalg.norm(ray), a - np.outer(a @ ray, ray) / (ray @ ray)
        tree, reach = cKDTree(start), 2.0 * self.reach
        flat = points - np.outer(points @ along, along)
        for number, near in enumerate(tree.query_ball_point(flat, reach)):
            if not near:
                continue
            s = points[number] - a[near]
            first = np.einsum("ij,ij->i", s, h[near]) / det[near]
            q = np.cross(s, u[near])
            second = q @ ray / det[near]
            hit = (first >= 0) & (second >= 0) & (first + second <= 1)
            ahead = np.einsum("ij,ij->i", v[near], q) / det[near] > 0
            odd[number] = np.count_nonzero(hit & ahead) % 2
        return odd

    def smallest(self, corners: FloatArray, asked_m: float) -> float:
        """Smallest distance from triangles ``(n, 3, 3)`` of a casing, m, to 0.1 mm unless it is far too near.

        Pieces that cannot be nearer than what was asked are dropped; the rest is cut in four and looked at again.
        """
        best = np.inf
        for _ in range(14):
            sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
            if not (sides > 0.01).any():
                break
            corners = np.concatenate([corners[sides <= 0.01], halves(corners[sides > 0.01])])
        while len(corners):
            middles = corners.mean(axis=1)
            size = np.linalg.norm(corners - middles[:, None], axis=2).max(axis=1)
            rough = self.nodes.query(middles)[0] - self.reach - size
            kept = rough < min(best, asked_m + TOLERANCE_M)
            corners, middles, size = corners[kept], middles[kept], size[kept]
            if not len(corners):
                break
            gaps = self.gap(middles)
            best = min(best, float(gaps.min()))
            if best < asked_m - 10 * TOLERANCE_M:
                break
            left = (gaps - size < min(best, asked_m) - 0.9 * TOLERANCE_M) & (size > TOLERANCE_M / 4)
            corners = quarters(corners[left])
        return best


def halves(corners: FloatArray) -> FloatArray:
    """Triangles cut across their longest side."""
    lengths = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    first = lengths.argmax(axis=1)
    rows = np.arange(len(corners))
    a, b, c = (corners[rows, (first + k) % 3] for k in range(3))
    m = (a + b) / 2
    return np.concatenate([np.stack([a, m, c], axis=1), np.stack([m, b, c], axis=1)])


def quarters(corners: FloatArray) -> FloatArray:
    """Triangles cut in four."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    return np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
