"""A reduced basis on disk with its scalp and its measured errors, bound by a hash to mesh, order and conductivities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.reduced_basis import ReducedBasis, identity_of
from euthymia.engines.fields.solve import FieldSystem

FORMAT = 2
_AGAIN = "Build it again: euthymia fields basis --head HEAD -o HEAD.basis.npz"
_BASIS = ("points", "control", "modes", "projection")
_REST = ("errors", "hot_errors", "nodes", "triangles", "mni")
_WORDS = ("identity", "name", "statement", "mni_quality")
_NUMBERS = ("clear_m", "order", "seconds", "memory_mb")


@dataclass(frozen=True, slots=True, eq=False)
class HeadBasis:
    """A basis and what has to be known to use it without the head.

    Parameters
    ----------
    scalp : Surface
        Coils are placed on it, m.
    name, statement
        Of the head.
    order : int
        Of the elements.
    errors, hot_errors : (k,)
        Relative errors of held-out placements against direct solutions, over all points and above half of the peak.
    seconds, memory_mb
        What building took: wall time and the most memory of the process.
    mni : (4, 4) or None
        Head to MNI space.
    """

    basis: ReducedBasis
    scalp: Surface
    name: str
    statement: str
    order: int
    errors: FloatArray
    hot_errors: FloatArray
    seconds: float = 0.0
    memory_mb: float = 0.0
    mni: FloatArray | None = None
    mni_quality: str = ""


def write_basis(path: str | Path, held: HeadBasis) -> None:
    """Write a basis as an ``.npz`` file."""
    basis = held.basis
    arrays = {name: getattr(basis, name) for name in _BASIS}
    arrays |= {"errors": held.errors, "hot_errors": held.hot_errors, "mni": np.empty(0)}
    arrays |= {"nodes": held.scalp.nodes, "triangles": held.scalp.triangles.astype(np.int32)}
    if held.mni is not None:
        arrays["mni"] = held.mni
    arrays |= {"identity": np.array(basis.identity), "name": np.array(held.name)}
    arrays |= {"statement": np.array(held.statement), "mni_quality": np.array(held.mni_quality)}
    arrays |= {"clear_m": np.array(basis.clear_m), "order": np.array(held.order), "format": np.array(FORMAT)}
    arrays |= {"seconds": np.array(held.seconds), "memory_mb": np.array(held.memory_mb)}
    with Path(path).open("wb") as out:
        np.savez(out, allow_pickle=False, **arrays)


def read_basis(path: str | Path, system: FieldSystem | None = None) -> HeadBasis:
    """Read a basis.

    Parameters
    ----------
    system
        The head it is to be used with; None to use it by itself.

    Raises
    ------
    InvalidInput
        For a file that is not a basis, or one that was built for another mesh or other conductivities.
    """
    try:
        with np.load(Path(path), allow_pickle=False) as held:
            version = int(held["format"])
            stored = {} if version != FORMAT else {n: held[n] for n in (*_BASIS, *_REST, *_WORDS, *_NUMBERS)}
    except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
        raise InvalidInput("basis", str(path), "a file that `fields basis` wrote", f"{error}. {_AGAIN}") from error
    if version != FORMAT:
        raise InvalidInput("basis", f"{path}, of format {version}", f"format {FORMAT}", _AGAIN)
    identity = str(stored["identity"])
    if system is not None and identity != identity_of(system):
        raise InvalidInput(
            "basis",
            f"{path}, a basis of another head (hash {identity[:12]})",
            f"a basis of this mesh, order and these conductivities (hash {identity_of(system)[:12]})",
            f"It holds fields of exactly one head. {_AGAIN}",
        )
    for name in (*_BASIS, *_REST):
        if not np.isfinite(stored[name]).all():
            raise InvalidInput("basis", f"{path}, with `{name}` not finite", "finite numbers", _AGAIN)
    points, control, modes, projection = (stored[name] for name in _BASIS)
    return HeadBasis(
        ReducedBasis(points, control, modes, projection, float(stored["clear_m"]), identity),
        Surface(stored["nodes"], stored["triangles"].astype(np.int64)),
        str(stored["name"]),
        str(stored["statement"]),
        int(stored["order"]),
        stored["errors"],
        stored["hot_errors"],
        float(stored["seconds"]),
        float(stored["memory_mb"]),
        stored["mni"] if stored["mni"].size else None,
        str(stored["mni_quality"]),
    )
