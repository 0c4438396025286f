"""Sparse products of dense blocks on several cores, by row ranges small enough that what follows stays in the cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

ROWS = 1 << 13
_WORTH_IT = 1 << 19
"""Multiplications below which threads cost more than they save."""

Update = Callable[[slice, Any], None]


@dataclass(frozen=True, slots=True, eq=False)
class RowMatrix:
    """A CSR matrix cut into ranges of rows; every row is summed by one thread in one order, so results do not vary."""

    matrix: Any
    parts: tuple[tuple[slice, Any], ...]

    def __matmul__(self, block: Any) -> Any:
        result = np.empty((self.matrix.shape[0], block.shape[1]), dtype=np.result_type(self.matrix.dtype, block.dtype))

        def store(rows: slice, product: Any) -> None:
            result[rows] = product

        self.each(block, store)
        return result

    def each(self, block: Any, update: Update) -> None:
        """Call ``update(rows, product)`` with the product of every range of rows; ranges run side by side."""

        def run(part: tuple[slice, Any]) -> None:
            update(part[0], part[1] @ block)

        if _workers() == 1 or len(self.parts) == 1 or self.matrix.nnz * block.shape[1] < _WORTH_IT:
            for part in self.parts:
                run(part)
        else:
            list(_pool().map(run, self.parts))


def by_rows(matrix: Any, dtype: Any = np.float64) -> RowMatrix:
    """Cut a CSR matrix; 32-bit indices where they suffice, which halves the memory that a product moves."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped,unused-ignore]

    data, indices, pointers = matrix.data.astype(dtype), matrix.indices, matrix.indptr
    if matrix.shape[1] < np.iinfo(np.int32).max:
        indices = indices.astype(np.int32)
    parts = []
    for first in range(0, matrix.shape[0], ROWS):
        last = min(first + ROWS, matrix.shape[0])
        span, local = slice(pointers[first], pointers[last]), pointers[first : last + 1] - pointers[first]
        shape = (last - first, matrix.shape[1])
        part = csr_matrix((data[span], indices[span], local.astype(indices.dtype)), shape=shape, copy=False)
        parts.append((slice(first, last), part))
    whole = csr_matrix((data, indices, pointers), shape=matrix.shape, copy=False)
    return RowMatrix(whole, tuple(parts))


@cache
def _workers() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_workers(), thread_name_prefix="fields")
