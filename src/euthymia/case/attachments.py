"""Attachments: files that belong to a case, known by a SHA-256 that is streamed, never held in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from euthymia.case import codec
from euthymia.case.facts import Attachment
from euthymia.core.errors import InvalidInput

CHUNK_BYTES = 2**20


def sha256_of(path: Path) -> tuple[str, int]:
    """Return the SHA-256 (hexadecimal) and the size in bytes of a file, read in pieces of 1 MiB."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK_BYTES):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def attach(kind: str, path: str | Path, *, folder: Path | None = None, field: str = "path") -> Attachment:
    """Return the attachment for a file on this machine.

    Parameters
    ----------
    kind
        ``vcf``, ``outside_calls``, ``nifti``, ``head_mesh``, ``head_points``, ``eeg`` or ``document``.
    path
        The file; a relative path counts from ``folder``.
    folder
        Folder of the case file; the working directory when None.
    field
        What an error calls the path.

    Raises
    ------
    InvalidInput
        When there is no such file, it is a folder, or it cannot be read.
    """
    located = _located(str(path), folder)
    try:
        if located.is_dir():
            raise InvalidInput(field, str(path), "a file, not a folder")
        sha256, size = sha256_of(located)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(field, str(path), "a file that exists and can be read", f"{reason}: {located}") from None
    return Attachment(kind, str(located), sha256, size)


def unchanged(file: Attachment) -> Path:
    """Return the path of an attached file after its content was compared with its SHA-256.

    Raises
    ------
    InvalidInput
        When it is not here, or is not the file that was attached.
    """
    path = Path(file.path)
    if not path.is_file():
        raise InvalidInput("attachments.path", file.path, "a file that is here", "Attach it again.")
    if sha256_of(path)[0] != file.sha256:
        raise InvalidInput("attachments.sha256", path.name, "the file that was attached, unchanged", "Attach it again.")
    return path


def read_attachment(record: object, path: str, folder: Path) -> Attachment:
    """Read one entry of ``attachments``: hashed when the file is here, taken by its hash when it is elsewhere.

    Raises
    ------
    InvalidInput
        When the file is absent and no ``sha256`` with ``size_bytes`` stands in its place, or its content has changed.
    """
    known = ("kind", "path", "sha256", "size_bytes")
    if not isinstance(record, Mapping):
        raise InvalidInput(path, record, f"a mapping with {', '.join(known)}")
    for key in record:
        if key not in known:
            raise codec.unknown_key(path, key, known)
    stated = "sha256" in record and "size_bytes" in record
    if stated:
        fact = codec.decode_fact(Attachment, record, path)
        if not _exists(_located(fact.path, folder)):
            return fact
    for required in ("kind", "path"):
        if required not in record:
            raise InvalidInput(f"{path}.{required}", "absent", "text", "This field is required.")
    kind, where = codec.text(record["kind"], f"{path}.kind"), codec.text(record["path"], f"{path}.path")
    codec.decode_fact(Attachment, {"kind": kind, "path": where, "sha256": "0" * 64, "size_bytes": 0}, path)
    found = attach(kind, where, folder=folder, field=f"{path}.path")
    for name in ("sha256", "size_bytes"):
        if name in record and record[name] != getattr(found, name):
            hint = "The file is not the one that was attached; remove this line to take the new one."
            raise InvalidInput(f"{path}.{name}", record[name], str(getattr(found, name)), hint)
    return found


def _located(path: str, folder: Path | None) -> Path:
    try:
        return ((folder or Path()) / Path(path).expanduser()).absolute()
    except RuntimeError:  # ~name of nobody
        return ((folder or Path()) / path).absolute()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
