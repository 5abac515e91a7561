"""Which plane each cell gets: what fits the points best with short rims, by graph cuts.

Alpha expansion for the Potts model: Boykov, Veksler, Zabih, Fast approximate energy minimization via graph cuts
(IEEE PAMI 23/11, 2001); the terms of two cells as edges: Kolmogorov, Zabih, What energy functions can be minimized via
graph cuts (IEEE PAMI 26/2, 2004). Costs are whole numbers, so the result depends on nothing but them.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

_SCALE = 200.0  # cost units of the flow per unit of cost
_MOST_SWEEPS = 6


def label_cells(costs: np.ndarray, pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A label for each cell that makes Σ costs[cell, label] + Σ weights[pair where labels differ] small.

    `costs` (cells, labels) ≥ 0; `pairs` (m, 2) of touching cells; `weights` (m,) ≥ 0.
    """
    whole = np.minimum(costs * _SCALE, 2e7).round().astype(np.int64)
    joint = (weights * _SCALE).round().astype(np.int64)
    labels = whole.argmin(axis=1)
    best = _energy(whole, pairs, joint, labels)
    for _ in range(_MOST_SWEEPS):
        before = best
        for alpha in range(whole.shape[1]):
            if (labels == alpha).all():
                continue
            moved = np.where(_expand(whole, pairs, joint, labels, alpha), alpha, labels)
            energy = _energy(whole, pairs, joint, moved)
            if energy < best:
                labels, best = moved, energy
        if best == before:
            break
    return labels


def _energy(costs: np.ndarray, pairs: np.ndarray, joint: np.ndarray, labels: np.ndarray) -> int:
    apart = labels[pairs[:, 0]] != labels[pairs[:, 1]]
    return int(costs[np.arange(len(labels)), labels].sum() + joint[apart].sum())


def _expand(costs: np.ndarray, pairs: np.ndarray, joint: np.ndarray, labels: np.ndarray, alpha: int) -> np.ndarray:
    """Which cells change to `alpha` in the best single expansion."""
    count = len(labels)
    cells = np.arange(count)
    keep, take = costs[cells, labels].copy(), costs[:, alpha].copy()
    one, other = pairs.T
    both_keep = joint * (labels[one] != labels[other])
    only_other, only_one = joint * (labels[one] != alpha), joint * (labels[other] != alpha)
    # E = A + (C − A) x_one + (D − C) x_other + (B + C − A − D) (1 − x_one) x_other with x = 1 for `alpha`, D = 0
    change = np.zeros(count, dtype=np.int64)
    np.add.at(change, one, only_one - both_keep)
    np.add.at(change, other, -only_one)
    edge = only_other + only_one - both_keep
    gain = take - keep + change  # cost of x = 1 over x = 0
    source, sink = count, count + 1
    rows = np.concatenate([np.full(count, source), cells, one])
    columns = np.concatenate([cells, np.full(count, sink), other])
    capacity = np.concatenate([np.maximum(gain, 0), np.maximum(-gain, 0), edge])
    graph = sparse.coo_matrix((capacity, (rows, columns)), shape=(count + 2, count + 2)).tocsr()
    graph.eliminate_zeros()
    graph = graph.astype(np.int32)
    flow = maximum_flow(graph, source, sink).flow
    rest = graph - flow
    rest.data = np.maximum(rest.data, 0)
    rest.eliminate_zeros()
    reached = breadth_first_order(rest, source, return_predecessors=False)
    result = np.ones(count + 2, dtype=bool)
    result[reached] = False
    return result[:count]
