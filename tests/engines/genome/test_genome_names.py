"""The public names of the engine: all there, all lazy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from euthymia.engines import genome


@pytest.mark.parametrize("name", genome.__all__)
def test_a_public_name_is_what_its_module_defines(name: str):
    assert getattr(genome, name) is not None and name in dir(genome)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = genome.nothing_here


def test_importing_the_package_loads_no_module_of_it():
    code = "import sys, euthymia.engines.genome as g; print([m for m in sys.modules if m.startswith(g.__name__ + '.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
