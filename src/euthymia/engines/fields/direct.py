"""Sparse Cholesky or LU in place of the iteration: for small meshes and as an independent check."""

from __future__ import annotations

from typing import Any

import numpy as np

from euthymia.engines.fields.mesh import FloatArray, IntArray


class Factor:
    """Factors of a stiffness matrix with one unknown of every connected part held at zero."""

    def __init__(self, matrix: Any, parts: IntArray) -> None:
        from scipy import sparse  # type: ignore[import-untyped,unused-ignore]
        from scipy.sparse.linalg import splu  # type: ignore[import-untyped,unused-ignore]

        first = np.unique(parts, return_index=True)[1]
        mean = float(matrix.diagonal().mean())
        held = np.zeros(matrix.shape[0])
        held[first] = mean
        self._factor = splu(
            (matrix + sparse.diags(held)).tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
        )

    def solve(self, right: FloatArray) -> FloatArray:
        """Solution of every column ``(n, k)``; right-hand sides must sum to zero over each connected part."""
        return np.asarray(self._factor.solve(right))
