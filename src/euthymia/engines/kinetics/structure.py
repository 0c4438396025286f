"""The flow graph of a compartment model: which compartments exchange, and in which order the groups feed each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Block:
    """Compartments that all reach one another.

    Parameters
    ----------
    states
        Their indices.
    edges
        Pairs of positions within ``states`` that exchange in both directions, when these exchanges form a tree (then
        the block can be made symmetric and has real modes); ``None`` when they do not.
    """

    states: tuple[int, ...]
    edges: tuple[tuple[int, int], ...] | None


def blocks(flows: NDArray[np.bool_]) -> tuple[Block, ...]:
    """Strongly connected groups of the flow graph, each after those that feed it.

    Parameters
    ----------
    flows
        ``(m, m)``: whether the row gains from the column; the diagonal is ignored.
    """
    m = flows.shape[0]
    reaches = flows | np.eye(m, dtype=bool)
    for middle in range(m):
        reaches |= reaches[:, middle, None] & reaches[middle]
    mutual = reaches & reaches.T
    groups = sorted({tuple(np.flatnonzero(row).tolist()) for row in mutual}, key=lambda g: _depth(reaches, g[0]))
    return tuple(Block(group, _tree(flows, group)) for group in groups)


def _depth(reaches: NDArray[np.bool_], state: int) -> tuple[int, int]:
    """Number of states that reach this one: more for every group than for the groups that feed it."""
    return int(reaches[state].sum()), state


def _tree(flows: NDArray[np.bool_], group: tuple[int, ...]) -> tuple[tuple[int, int], ...] | None:
    inside = flows[np.ix_(group, group)] & ~np.eye(len(group), dtype=bool)
    upper = np.argwhere(np.triu(inside))
    if not np.array_equal(inside, inside.T) or len(upper) != len(group) - 1:
        return None
    return tuple((int(a), int(b)) for a, b in upper)
