"""A reduced basis on disk, bound by a hash to the mesh, order and conductivities that it was solved for."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.reduced_basis import ReducedBasis, identity_of
from euthymia.engines.fields.solve import FieldSystem

FORMAT = 1
_ARRAYS = ("points", "control", "modes", "projection")


def write_basis(path: str | Path, basis: ReducedBasis) -> None:
    """Write a basis as an ``.npz`` file."""
    arrays = {name: getattr(basis, name) for name in _ARRAYS}
    with Path(path).open("wb") as out:
        np.savez(
            out,
            **arrays,
            format=np.int64(FORMAT),
            source_height_m=np.float64(basis.source_height_m),
            identity=np.array(basis.identity),
        )


def read_basis(path: str | Path, system: FieldSystem | None = None) -> ReducedBasis:
    """Read a basis.

    Parameters
    ----------
    system
        The head it is to be used with; None to trust the caller.

    Raises
    ------
    InvalidInput
        For a file that is not a basis, or one that was built for another mesh or other conductivities.
    """
    try:
        with np.load(Path(path), allow_pickle=False) as held:
            stored = {name: held[name] for name in (*_ARRAYS, "format", "source_height_m", "identity")}
    except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
        raise InvalidInput(
            "path", str(path), "a basis that write_basis wrote", f"{error}. Build the basis again for this head."
        ) from error
    if int(stored["format"]) != FORMAT:
        raise InvalidInput("path", f"a basis of format {int(stored['format'])}", f"format {FORMAT}", "Build it again.")
    identity = str(stored["identity"])
    if system is not None and identity != identity_of(system):
        raise InvalidInput(
            "path",
            f"{path}, a basis of another head (hash {identity[:12]})",
            f"a basis of this mesh, order and these conductivities (hash {identity_of(system)[:12]})",
            "Build the basis again: it holds fields of exactly one head.",
        )
    for name in _ARRAYS:
        if not np.isfinite(stored[name]).all():
            raise InvalidInput("path", f"{path}, with `{name}` not finite", "finite numbers", "Build the basis again.")
    points, control, modes, projection = (stored[name] for name in _ARRAYS)
    return ReducedBasis(points, control, modes, projection, float(stored["source_height_m"]), identity)
