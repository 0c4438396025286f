"""Arcs over a scalp surface: where a plane cuts it, as a tape measure laid over the skin would run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, Surface

MAX_OFF_SCALP_M = 0.015
"""A point farther than this from the cut surface is not a point on the scalp."""


@dataclass(frozen=True, slots=True, eq=False)
class ScalpArc:
    """One piece of a section, from its start to its end.

    Attributes
    ----------
    points : (k, 3) float64
        Points along the arc, m.
    closed
        Whether it is a whole loop (the last point then joins the first).
    """

    points: FloatArray
    closed: bool = False

    @property
    def length(self) -> float:
        """Length over the scalp, m."""
        return float(self._stations()[-1])

    def at(self, distance: float) -> FloatArray:
        """Point at ``distance`` (m) from the start, ``(3,)``.

        Raises
        ------
        InvalidInput
            When the arc is shorter than that, or ``distance`` is negative or not finite.
        """
        stations = self._stations()
        if not 0 <= distance <= stations[-1] * (1 + 1e-12):
            allowed = f"0 to {stations[-1]:.4f} m, the length of the arc"
            raise InvalidInput("distance", distance, allowed, "Measure on a scalp that reaches further down.")
        ring = self._ring()
        return np.array([np.interp(distance, stations, ring[:, axis]) for axis in range(3)])

    def _ring(self) -> FloatArray:
        return np.vstack([self.points, self.points[:1]]) if self.closed else self.points

    def _stations(self) -> FloatArray:
        steps = np.linalg.norm(np.diff(self._ring(), axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])


def plane_through(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> FloatArray:
    """Unit normal of the plane through three points, ``(3,)``; refused when they lie on one line."""
    p, q, r = (np.asarray(point, dtype=np.float64) for point in (a, b, c))
    normal = np.cross(q - p, r - p)
    size = float(np.linalg.norm(normal))
    if size <= 1e-9 * max(1e-12, float(np.linalg.norm(q - p) * np.linalg.norm(r - p))):
        raise InvalidInput("points", [p.tolist(), q.tolist(), r.tolist()], "three points that do not lie on one line")
    return normal / size


def section(surface: Surface, point: ArrayLike, normal: ArrayLike, through: ArrayLike | None = None) -> ScalpArc:
    """The loop (or open line) in which a plane cuts the scalp, the piece that passes nearest to ``point``.

    Parameters
    ----------
    point : (3,)
        A point of the plane, on or within 15 mm of the scalp, m.
    normal : (3,)
        Normal of the plane.
    through : (3,), optional
        Another point of the plane; of several pieces near ``point`` (an ear beside the head) the one near both is
        taken.

    Raises
    ------
    InvalidInput
        When the plane misses the scalp, or no piece passes within 15 mm of ``point``.
    """
    origin, direction = np.asarray(point, dtype=np.float64), np.asarray(normal, dtype=np.float64)
    pieces = _pieces(surface, origin, direction)
    off = [float(_project(piece, origin)[1]) for piece in pieces]
    if not pieces or min(off) > MAX_OFF_SCALP_M:
        given = f"{origin.tolist()}, {min(off) * 1000:.0f} mm from the scalp" if pieces else origin.tolist()
        hint = "Positions are in meters, in the same space as the surface."
        raise InvalidInput("point", given, f"a point within {MAX_OFF_SCALP_M * 1000:g} mm of the scalp", hint)
    if through is not None:
        other = np.asarray(through, dtype=np.float64)
        near = [i for i, distance in enumerate(off) if distance <= MAX_OFF_SCALP_M]
        return pieces[min(near, key=lambda i: max(off[i], float(_project(pieces[i], other)[1])))]
    return pieces[int(np.argmin(off))]


def arc(
    surface: Surface, start: ArrayLike, end: ArrayLike, normal: ArrayLike, via: ArrayLike | None = None
) -> ScalpArc:
    """The arc from ``start`` to ``end`` in the plane through ``start`` with ``normal``, taut like a tape measure.

    Parameters
    ----------
    via : (3,), optional
        The arc that passes this point is taken; the shorter one without it.

    Notes
    -----
    The tape bridges hollows and the folds of the ear: the arc is the outer convex hull of the section between its
    ends. Where the scalp is convex it lies on the scalp.
    """
    loop = section(surface, start, normal, end)
    first, last = (_project(loop, np.asarray(p, dtype=np.float64)) for p in (start, end))
    if last[1] > MAX_OFF_SCALP_M:
        raise InvalidInput(
            "end", f"{last[1] * 1000:.0f} mm off the section", "a point of the same section of the scalp"
        )
    forward, backward = _between(loop, first[0], last[0]), _between(loop, last[0], first[0])
    options = [a for a in (forward, None if backward is None else ScalpArc(backward.points[::-1])) if a is not None]
    if via is None:
        return _taut(min(options, key=lambda a: a.length))
    aim = np.asarray(via, dtype=np.float64)
    return _taut(min(options, key=lambda a: float(_project(a, aim)[1])))


def walk(surface: Surface, start: ArrayLike, normal: ArrayLike, heading: ArrayLike, distance: float) -> FloatArray:
    """Point reached after ``distance`` (m) over the scalp from ``start`` in a plane, towards ``heading``, ``(3,)``."""
    loop = section(surface, start, normal)
    back = ScalpArc(loop.points[::-1], loop.closed)
    origin = np.asarray(start, dtype=np.float64)
    ways = [_from(way, _project(way, origin)[0]) for way in (loop, back)]
    aim = np.asarray(heading, dtype=np.float64)
    way = max(ways, key=lambda way: float((way.at(min(0.01, way.length)) - way.points[0]) @ aim))
    reached = way.at(distance)  # refuses a scalp that is too short
    near = _between(way, 0.0, min(1.3 * distance, way.length))
    tape = way if near is None else _taut(near)
    return tape.at(distance) if tape.length >= distance else reached


def _taut(line: ScalpArc) -> ScalpArc:
    """The line as a string pulled tight over it: its convex hull on the outer side, from its start to its end."""
    start, end = line.points[0], line.points[-1]
    chord = end - start
    size = float(np.linalg.norm(chord))
    inner = line.points[1:-1] - start
    if size < 1e-9 or inner.shape[0] < 2:
        return line
    along = chord / size
    across = inner - np.outer(inner @ along, along)
    outward = across[int(np.argmax(np.linalg.norm(across, axis=1)))]
    height = float(np.linalg.norm(outward))
    if height < 1e-9:
        return line
    flat = np.column_stack([inner @ along, inner @ (outward / height)])
    keep = flat[:, 1] > 1e-9
    points, flat = line.points[1:-1][keep], flat[keep]
    order = np.lexsort((np.linalg.norm(flat, axis=1), np.arctan2(flat[:, 1], flat[:, 0])))
    hull = [(np.array([size, 0.0]), end)]  # Graham's scan about the start, the end first
    base = np.zeros(2)
    for place, point in [*zip(flat[order], points[order], strict=True), (base, start)]:
        while len(hull) > 1 and _turn(hull[-2][0], hull[-1][0], place) <= 0:
            hull.pop()
        hull.append((place, point))
    return ScalpArc(np.array([point for _, point in hull[::-1]]))


def _turn(a: FloatArray, b: FloatArray, c: FloatArray) -> float:
    """Positive when the way from ``a`` over ``b`` to ``c`` turns left."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _from(loop: ScalpArc, station: float) -> ScalpArc:
    """The line that starts at ``station`` and runs forward to the end, or once around."""
    stations, ring = loop._stations(), loop._ring()
    start = loop.at(min(station, loop.length))[None]
    after = ring[stations > station + 1e-9]
    if not loop.closed:
        return ScalpArc(np.vstack([start, after]) if after.size else np.vstack([start, start]))
    before = ring[1:][stations[1:] < station - 1e-9]
    return ScalpArc(np.vstack([start, after, before, start]))


def _between(loop: ScalpArc, first: float, last: float) -> ScalpArc | None:
    """The line from station ``first`` forward to ``last``; None where an open line does not lead there."""
    stations, ring = loop._stations(), loop._ring()
    a, b = loop.at(min(first, loop.length))[None], loop.at(min(last, loop.length))[None]
    if last >= first:
        return ScalpArc(np.vstack([a, ring[(stations > first + 1e-9) & (stations < last - 1e-9)], b]))
    if not loop.closed:
        return None
    after, before = ring[stations > first + 1e-9], ring[1:][stations[1:] < last - 1e-9]
    return ScalpArc(np.vstack([a, after, before, b]))


def _project(a: ScalpArc, point: FloatArray) -> tuple[float, float]:
    """Station and distance of the point of an arc nearest to ``point``."""
    ring, stations = a._ring(), a._stations()
    p, d = ring[:-1], np.diff(ring, axis=0)
    lengths = np.maximum(np.einsum("ij,ij->i", d, d), 1e-300)
    t = np.clip(np.einsum("ij,ij->i", point - p, d) / lengths, 0.0, 1.0)
    away = np.linalg.norm(p + t[:, None] * d - point, axis=1)
    i = int(np.argmin(away))
    return float(stations[i] + t[i] * np.sqrt(lengths[i])), float(away[i])


def _pieces(surface: Surface, origin: FloatArray, normal: FloatArray) -> list[ScalpArc]:
    """All pieces in which the plane cuts the surface."""
    size = float(np.linalg.norm(normal))
    if not np.isfinite(size) or size == 0:
        raise InvalidInput("normal", normal.tolist(), "a direction that is finite and not zero")
    height = (surface.nodes - origin) @ (normal / size)
    height = np.where(np.abs(height) < 1e-9, 1e-9, height)  # no node lies in the plane: every cut is clean
    above = height[surface.triangles] > 0
    cut = surface.triangles[above.any(axis=1) & ~above.all(axis=1)]
    neighbors: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for triangle in cut:
        crossed = [
            (int(min(i, j)), int(max(i, j)))
            for i, j in zip(triangle, np.roll(triangle, -1), strict=True)
            if (height[i] > 0) != (height[j] > 0)
        ]
        one, other = crossed
        neighbors.setdefault(one, []).append(other)
        neighbors.setdefault(other, []).append(one)
    pieces, seen = [], set[tuple[int, int]]()
    ends_first = sorted(neighbors, key=lambda edge: (len(neighbors[edge]) != 1, edge))
    for first in ends_first:
        if first in seen:
            continue
        chain = [first]
        seen.add(first)
        while ahead := [edge for edge in neighbors[chain[-1]] if edge not in seen]:
            seen.add(ahead[0])
            chain.append(ahead[0])
        if len(chain) < 3:
            continue
        pairs = np.array(chain)
        h = height[pairs]
        share = (h[:, 0] / (h[:, 0] - h[:, 1]))[:, None]
        points = surface.nodes[pairs[:, 0]] * (1 - share) + surface.nodes[pairs[:, 1]] * share
        pieces.append(ScalpArc(points, closed=first in neighbors[chain[-1]]))
    return pieces
