"""A head and the points marked on it as attachments: kept by hash, found again only unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from euthymia.case.attachments import attach, unchanged
from euthymia.core.errors import InvalidInput


@pytest.mark.parametrize("kind", ["head_mesh", "head_points"])
def test_an_attached_file_is_found_until_it_changes(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    path.write_text("name,x,y,z\n", encoding="utf-8")
    held = attach(kind, path)
    assert unchanged(held) == path
    path.write_text("name,x,y,z\nnasion,0,0,0\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="sha256"):
        unchanged(held)
    path.unlink()
    with pytest.raises(InvalidInput, match="Attach it again"):
        unchanged(held)
