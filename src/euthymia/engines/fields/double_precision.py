"""JAX in double precision, without changing it for anybody else."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, cast

from euthymia.core.errors import MissingExtra


def found_jax() -> Any:
    """Import JAX.

    Raises
    ------
    MissingExtra
        When it is not installed.
    """
    try:
        return import_module("jax")
    except ImportError as error:
        raise MissingExtra("jax", "jax") from error


def double_precision(jax: Any) -> AbstractContextManager[Any]:
    """Context in which arrays of JAX may have 64 bits."""
    switch = jax.enable_x64 if hasattr(jax, "enable_x64") else import_module("jax.experimental").enable_x64
    return cast(AbstractContextManager[Any], switch(True))
