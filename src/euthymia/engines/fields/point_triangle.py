"""Nearest point on triangles, with the face, edge or corner on which it lies."""

from __future__ import annotations

import numpy as np

from euthymia.engines.fields.mesh import FloatArray, IntArray


def nearest_on_triangles(points: FloatArray, corners: FloatArray) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
    """Nearest point on some triangles for each point.

    Parameters
    ----------
    points : (n, 3) float64
        m.
    corners : (n, k, 3, 3) float64
        Candidate triangles of each point.

    Returns
    -------
    tuple
        Distance ``(n,)``, nearest point ``(n, 3)``, which candidate ``(n,)``, and on what it lies ``(n,)``: 0 the face,
        1 to 3 the edges 01, 12, 20, 4 to 6 the corners.

    References
    ----------
    Ericson 2004, Real-Time Collision Detection, section 5.1.5.
    """
    a = corners[:, :, 0]
    ab, ac = corners[:, :, 1] - a, corners[:, :, 2] - a
    ap = points[:, None] - a
    aa, bb, cc = (np.einsum("nkx,nkx->nk", u, v) for u, v in ((ab, ab), (ab, ac), (ac, ac)))
    d1, d2 = np.einsum("nkx,nkx->nk", ab, ap), np.einsum("nkx,nkx->nk", ac, ap)
    det = aa * cc - bb * bb
    v, w = (cc * d1 - bb * d2) / det, (aa * d2 - bb * d1) / det
    shares = np.stack([v, w], axis=-1)
    inside = (v >= 0) & (w >= 0) & (v + w <= 1)
    t01 = (d1 / aa).clip(0, 1)
    t20 = (d2 / cc).clip(0, 1)
    side = aa - 2 * bb + cc
    t12 = ((d2 - d1 + aa - bb) / side).clip(0, 1)
    zero = np.zeros_like(t01)
    options = np.stack(
        [
            np.stack([t01, zero], axis=-1),
            np.stack([1 - t12, t12], axis=-1),
            np.stack([zero, t20], axis=-1),
        ],
        axis=2,
    )
    spots = a[:, :, None] + options[..., :1] * ab[:, :, None] + options[..., 1:] * ac[:, :, None]
    gaps = ((points[:, None, None] - spots) ** 2).sum(axis=-1)
    edge = gaps.argmin(axis=2)
    rows, columns = np.indices(edge.shape)
    share = np.where(inside[..., None], shares, options[rows, columns, edge])
    spot = a + share[..., :1] * ab + share[..., 1:] * ac
    gap = ((points[:, None] - spot) ** 2).sum(axis=-1)
    best = gap.argmin(axis=1)
    here = np.arange(points.shape[0])
    return np.sqrt(gap[here, best]), spot[here, best], best, _feature(inside, edge, share)[here, best]


def _feature(inside: FloatArray, edge: IntArray, share: FloatArray) -> IntArray:
    """Corner where one share is all, else the edge, else the face."""
    all_shares = np.concatenate([1 - share.sum(axis=-1, keepdims=True), share], axis=-1)
    corner = all_shares.argmax(axis=-1)
    at_corner = np.take_along_axis(all_shares, corner[..., None], axis=-1)[..., 0] > 1 - 1e-12
    on_edge = all_shares.min(axis=-1) < 1e-12
    opposite = np.array([2, 3, 1])[all_shares.argmin(axis=-1)]
    return np.asarray(np.where(at_corner, 4 + corner, np.where(inside, np.where(on_edge, opposite, 0), 1 + edge)))
