"""A file with an index is read where the index points, with the calls of a full scan; a wrong index is passed over."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome import GenomeCalls
from euthymia.engines.genome.alleles import gene_alleles
from euthymia.engines.genome.build import contig_rows
from euthymia.engines.genome.positions import panel

from tests.engines.genome.made_index import write_indexed
from tests.engines.genome.made_vcf import PANEL_GENES, call_one, header, line, records, write

LENGTHS = {row.chrom: row.length for row in contig_rows() if row.build == "GRCh38"}


def noise(rng: random.Random, n_records: int) -> list[str]:
    known = {(s.chrom, s.pos + i) for s in panel("GRCh38").sites for i in range(-1, 25)}
    chosen = [(c, rng.randrange(1, LENGTHS[c])) for c in rng.choices(sorted(LENGTHS), k=n_records)]
    return [line(c, p, "A", "C", "0/1", info="DP=30;AF=0.5") for c, p in set(chosen) if (c, p) not in known]


def genome(seed: int) -> list[str]:
    """Random alleles, some reference runs as blocks, a structural record, records far off and near by."""
    rng = random.Random(seed)
    pairs = {g: (rng.choice(gene_alleles(g).names), rng.choice(gene_alleles(g).names)) for g in PANEL_GENES}
    made = records(pairs, phased=rng.random() < 0.5)
    lines = noise(rng, 1500)
    for chrom in sorted({key.split(":")[0] for key in made}):
        if rng.random() < 0.5:
            mine = [k for k, t in made.items() if k.startswith(chrom + ":") and t.split("\t")[9] in ("0/0", "0|0")]
            positions = sorted(int(k.split(":")[1]) for k in mine)
            before = rng.choice([1, 3000, 40_000, 3_000_000])
            half = positions[: len(positions) // 2]
            lines.append(line(chrom, half[0] - before, "A", "<NON_REF>", "0/0", info=f"END={half[-1]}"))
            for key in mine:
                if int(key.split(":")[1]) in half:
                    del made[key]
    for key in rng.sample(sorted(made), 5):
        del made[key]
    if rng.random() < 0.5:
        lines.append(line("chr22", 42_100_000, "N", "<DUP>", "0/1:3", info="SVTYPE=DUP;END=42150000", fmt="GT:CN"))
    if rng.random() < 0.5:
        lines.append(line("chr10", 94_942_250, "A" + "N" * 60, "A", "0/1"))
    return [*lines, *made.values()]


def same(one: GenomeCalls, two: GenomeCalls) -> bool:
    """Equal but for hash and part read."""
    return dataclasses.replace(one, input_sha256="", input_part="") == dataclasses.replace(
        two, input_sha256="", input_part=""
    )


@pytest.mark.parametrize("kind", ["tbi", "csi"])
@pytest.mark.parametrize("seed", range(12))
def test_an_index_gives_the_calls_of_the_whole_file(tmp_path: Path, seed: int, kind: str):
    path = write_indexed(
        tmp_path / "a.vcf.gz", header(), genome(seed), kind, block=random.Random(seed).choice([90, 4000])
    )
    by_index, whole = call_one(path), call_one(path, use_index=False)
    assert same(by_index, whole) and not by_index.warnings
    assert "by index" in by_index.input_part and whole.input_part == ""
    assert by_index.input_sha256 != whole.input_sha256


def test_only_a_part_of_the_file_is_read(tmp_path: Path):
    rng = random.Random(9)
    lines = [t.replace("DP=30", f"DP={rng.getrandbits(400):x}") for t in noise(rng, 12_000)]
    path = write_indexed(tmp_path / "a.vcf.gz", header(), genome(1) + lines, block=20_000)
    n_bytes: list[int] = []
    assert same(call_one(path, on_bytes=n_bytes.append), call_one(path, use_index=False))
    by_index, size = sum(n_bytes), path.stat().st_size
    call_one(path, use_index=False, on_bytes=n_bytes.append)
    assert by_index < 0.9 * size and sum(n_bytes) - by_index == size


@pytest.mark.parametrize("contig", [lambda c: c[3:], lambda c: {"chr22": "NC_000022.11"}.get(c, c)])
def test_other_spellings_of_contigs_are_asked_for(tmp_path: Path, contig):
    lines = [contig(t.split("\t")[0]) + "\t" + t.split("\t", 1)[1] for t in genome(2)]
    path = write_indexed(tmp_path / "a.vcf.gz", header(None), lines)
    assert same(call_one(path), call_one(path, use_index=False)) and "by index" in call_one(path).input_part


def _older(path: Path, index: Path) -> None:
    os.utime(index, (9e8, 9e8))


def _cut(path: Path, index: Path) -> None:
    index.write_bytes(index.read_bytes()[:-40])


def _of_another_file(path: Path, index: Path) -> None:
    other = write_indexed(path.with_name("other.vcf.gz"), header(), noise(random.Random(3), 50), index.suffix[1:])
    index.write_bytes(other.with_name(f"other.vcf.gz.{index.suffix[1:]}").read_bytes())


def _of_a_shorter_file(path: Path, index: Path) -> None:
    short = [t for t in genome(4) if not t.startswith("chr7")]
    other = write_indexed(path.with_name("other.vcf.gz"), header(), short, index.suffix[1:])
    index.write_bytes(other.with_name(f"other.vcf.gz.{index.suffix[1:]}").read_bytes())


def _no_index(path: Path, index: Path) -> None:
    index.write_bytes(b"not an index")


@pytest.mark.parametrize("kind", ["tbi", "csi"])
@pytest.mark.parametrize("spoil", [_older, _cut, _of_another_file, _of_a_shorter_file, _no_index])
def test_an_index_that_does_not_fit_is_passed_over_with_a_warning(tmp_path: Path, spoil, kind: str):
    path = write_indexed(tmp_path / "a.vcf.gz", header(), genome(4), kind)
    spoil(path, path.with_name(f"a.vcf.gz.{kind}"))
    calls, whole = call_one(path), call_one(path, use_index=False)
    assert calls.genes == whole.genes and calls.input_sha256 == whole.input_sha256 and calls.input_part == ""
    assert any("index was not used" in text for text in calls.warnings)


def test_a_fault_in_a_read_part_is_told_with_the_line_of_the_file(tmp_path: Path):
    lines = [t for t in genome(5) if not t.startswith("chr22\t42126611\t")]
    lines.append(line("chr22", 42126611, "C", "G", "0/7"))
    path = write_indexed(tmp_path / "a.vcf.gz", header(), lines)
    with pytest.raises(InvalidInput, match=r"a.vcf.gz: line \d+: GT") as by_index:
        call_one(path)
    with pytest.raises(InvalidInput) as whole:
        call_one(path, use_index=False)
    assert str(by_index.value) == str(whole.value)


def test_an_index_beside_a_plain_file_is_not_looked_at(tmp_path: Path):
    path = write(tmp_path / "a.vcf", genome(6))
    (tmp_path / "a.vcf.tbi").write_bytes(b"junk")
    calls = call_one(path)
    assert calls.input_part == "" and not calls.warnings


@pytest.mark.skipif(shutil.which("tabix") is None, reason="tabix is not installed on this machine")
@pytest.mark.parametrize("options", [["-p", "vcf"], ["-p", "vcf", "-C"]])
def test_an_index_that_tabix_wrote_is_read(tmp_path: Path, options):
    path = write_indexed(tmp_path / "a.vcf.gz", header(), genome(7) + noise(random.Random(7), 5000), block=4096)
    (tmp_path / "a.vcf.gz.tbi").unlink()
    subprocess.run(["tabix", *options, str(path)], check=True)
    by_index = call_one(path)
    assert same(by_index, call_one(path, use_index=False)) and "by index" in by_index.input_part
