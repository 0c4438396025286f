"""Files that cannot be read as what they claim to be: one clear line, and nothing called."""

from __future__ import annotations

import gzip
import random
import tracemalloc
from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome import call_vcf
from euthymia.engines.genome.vcf_lines import _wanted_at_once, _wanted_one_by_one, windows

from tests.engines.genome.made_index import END, bgzip
from tests.engines.genome.made_vcf import call_one, header, line, records, write

GOOD = "".join(f"{text}\n" for text in records({"CYP2C19": ("*2", "*17")}).values())


def refused(path: Path, **options: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        list(call_vcf(path, **options))  # type: ignore[arg-type]
    text = str(caught.value)
    assert "\n" not in text and len(text) < 600
    return text


@pytest.mark.parametrize("pack", [gzip.compress, bgzip], ids=["gzip", "bgzip"])
def test_compressed_files_read_like_plain_ones(tmp_path: Path, pack):
    plain = write(tmp_path / "a.vcf", [], header() + GOOD)
    packed = tmp_path / "a.vcf.gz"
    packed.write_bytes(pack((header() + GOOD).encode()))
    assert call_one(packed).genes == call_one(plain).genes
    assert call_one(packed).input_sha256 != call_one(plain).input_sha256


def test_crlf_unsorted_and_last_line_without_end_read_the_same(tmp_path: Path):
    plain = call_one(write(tmp_path / "a.vcf", [], header() + GOOD)).genes
    turned = "\r\n".join([*header().splitlines(), *reversed(GOOD.splitlines())])
    (tmp_path / "b.vcf").write_bytes(turned.encode())
    assert call_one(tmp_path / "b.vcf").genes == plain


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.99])
def test_truncated_gzip_is_refused(tmp_path: Path, cut):
    raw = gzip.compress((header() + GOOD).encode())
    (tmp_path / "a.vcf.gz").write_bytes(raw[: int(len(raw) * cut)])
    assert "truncated" in refused(tmp_path / "a.vcf.gz")


def test_bgzip_cut_between_blocks_is_refused(tmp_path: Path):
    (tmp_path / "a.vcf.gz").write_bytes(bgzip((header() + GOOD).encode())[: -len(END)])
    assert "end-of-file block" in refused(tmp_path / "a.vcf.gz")


def test_a_damaged_gzip_is_refused(tmp_path: Path):
    raw = bytearray(gzip.compress((header() + GOOD).encode()))
    raw[len(raw) // 2] ^= 0xFF
    (tmp_path / "a.vcf.gz").write_bytes(raw)
    assert "gzip" in refused(tmp_path / "a.vcf.gz")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("sample,gene,diplotype\nS1,CYP2D6,*1/*1\n", "not a VCF 4 file"),
        ("##fileformat=VCFv3.3\n", "VCFv4"),
        ("##fileformat=VCFv4.2\n" + GOOD, "no #CHROM line"),
        ("##fileformat=VCFv4.2\n", "no #CHROM line"),
        (header(samples=["A", "B", "A"]), "duplicate sample"),
        (header(samples=[]), "no genotypes"),
        (header() + GOOD + "chr22\t42126611\trs1135840\tC\tG\t.\n", "malformed or cut"),
        (header() + GOOD + "chr22\t42126611\trs11", "malformed or cut"),
        (header() + GOOD + "chr1\t1000\trs11", "malformed or cut"),
        (header() + "chr1\t1000\trs11\tA\tC\t.\n" + GOOD, "malformed or cut"),
        (header() + "\x00" * 400 + "\n" + GOOD, "malformed or cut"),
        (header() + line("chr22", 42126611, "C", "G", "0/1").replace("42126611", "4_2"), "malformed or cut"),
        (header() + line("chr22", 42126611, "C", "G", "0/1").replace("42126611", "-5"), "malformed or cut"),
        (header() + line("chr22", 42126611, "C", "", "0/1") + "\n", "ALT"),
        (header() + line("chr22", 42126611, "", "G", "0/1") + "\n", "REF"),
        (header() + line("chr22", 42126611, "C", "G", "0/-1") + "\n", "genotype such as 0/1"),
        (header(samples=["A", "B"]) + line("chr1", 5, "C", "G", "0/1") + "\n", "malformed or cut"),
        ("\ufeff\ufeff" + header() + GOOD, "not a VCF 4 file"),
        ("BCF\x02\x02" + "x" * 5000, "not a VCF 4 file"),
        (header() + GOOD + "chr22\tfar\t.\tC\tG\t.\t.\t.\tGT\t0/0\n", "malformed or cut"),
        (header() + line("chr22", 42126611, "C", "G", "0/2") + "\n", "below 2"),
        (header() + line("chr22", 42126611, "C", "G", "A/G") + "\n", "genotype such as 0/1"),
        (header() + line("chr22", 42126611, "C", "G", "") + "\n", "genotype such as 0/1"),
        (header() + line("chr22", 42126611, "C", "G", "0/1", "0/0") + "\n", "malformed or cut"),
        (header() + line("chr22", 42126611, "C?", "G", "0/1") + "\n", "REF"),
        (header() + line("chr22", 42126611, "C", "G;T", "0/1") + "\n", "ALT"),
        (header() + line("chr22", 42126611, "C", ".", "0/0", info="END=42126000") + "\n", "INFO END"),
    ],
)
def test_bad_files_are_refused_with_one_line(tmp_path: Path, text, says):
    (tmp_path / "a.vcf").write_text(text, encoding="utf-8")
    assert says in refused(tmp_path / "a.vcf")


def test_a_file_of_nothing_and_a_gzip_of_nothing_are_refused(tmp_path: Path):
    for name, data in (("a.vcf", b""), ("b.vcf.gz", gzip.compress(b"")), ("c.vcf.gz", END), ("d.vcf", b"\x1f\x8b")):
        (tmp_path / name).write_bytes(data)
        assert name in refused(tmp_path / name)


def test_a_byte_order_mark_and_blank_last_lines_do_no_harm(tmp_path: Path):
    plain = call_one(write(tmp_path / "a.vcf", [], header() + GOOD)).genes
    assert call_one(write(tmp_path / "b.vcf", [], "\ufeff" + header() + GOOD + "\n\r\n")).genes == plain


@pytest.mark.parametrize("contig", ["chr1", "chr22"])
@pytest.mark.parametrize("place", [7, 35_000, 59_990])
def test_a_malformed_line_deep_in_a_large_file_is_named_by_its_number(tmp_path: Path, contig, place):
    noise = [line(contig, 100_000 + 7 * i, "A", "C", "0/1", info="DP=" + "9" * 60) for i in range(60_000)]
    noise[place] = noise[place].replace("\t0/1", " 0/1")
    n_head = header().count("\n")
    text = refused(write(tmp_path / "a.vcf", [*GOOD.splitlines(), *noise]))
    assert f"line {n_head + GOOD.count(chr(10)) + place + 1}`" in text
    assert text == refused(_packed(tmp_path)).replace("a.vcf.gz", "a.vcf")


def _packed(folder: Path) -> Path:
    (folder / "a.vcf.gz").write_bytes(bgzip((folder / "a.vcf").read_bytes(), 60_000))
    return folder / "a.vcf.gz"


@pytest.mark.parametrize("build", ["GRCh38", "GRCh37"])
@pytest.mark.parametrize("seed", range(8))
def test_a_piece_looked_at_at_once_gives_the_lines_of_one_looked_at_line_by_line(seed: int, build: str):
    rng = random.Random(seed)
    known = windows(build)
    lines = []
    for _ in range(rng.choice([1, 3, 40])):
        contig = rng.choice([*known, b"chr1", b"chrX"]).decode()
        window = known.get(contig.encode())
        edges = [5, *(window.first if window else ()), *(window.last if window else ()), 10**9]
        for _ in range(60):
            pos = rng.choice(edges) + rng.randint(-3, 3)
            info = rng.choice([".", "DP=3", f"END={pos + rng.choice([1, 10**5, 10**8])}", f"CIEND=1;END=00{pos}"])
            lines.append(line(contig, pos, "A", "C", "0/1", info=info))
    piece = "".join(f"{one}\n" for one in lines).encode()
    at_once = _wanted_at_once(piece, 7, known, 9)
    assert at_once == _wanted_one_by_one(piece, 7, known, 9, "a.vcf")
    assert at_once is not None and at_once[0] == len(lines)


def test_an_absent_file_and_an_unknown_sample_are_named(tmp_path: Path):
    assert "existing VCF" in refused(tmp_path / "no.vcf")
    write(tmp_path / "a.vcf", [], header() + GOOD)
    assert "a sample of the file: S1" in refused(tmp_path / "a.vcf", sample="S2")


def test_huge_info_fields_and_noise_on_other_contigs_do_no_harm(tmp_path: Path):
    plain = call_one(write(tmp_path / "a.vcf", [], header() + GOOD)).genes
    noise = [
        line("chrX", 5, "A", "C", "1"), line("chrY", 5, "A", "C", "."), line("chrM", 5, "A", "C", "0/0/1"),
        line("HLA-A*01:01:01:01", 5, "A", "C", "0/1"),
        line("chr22", 42126900, "A", "C", "0/1", info="X=" + "y" * 10_000_000),
        line("chr22", 20000000, "A", "C", "0/1", info="CIEND=0,5;" + "z" * 1_000_000),
    ]  # fmt: skip
    found = call_one(write(tmp_path / "b.vcf", [*noise, *GOOD.splitlines()])).genes
    assert found == plain


@pytest.mark.parametrize("noise_contig", ["chr1", "chr22", "chr10"])
def test_panel_records_hidden_anywhere_in_a_large_unsorted_file_are_found(tmp_path: Path, noise_contig):
    """Whole pieces of a large file are skipped; that must not lose a record, wherever it stands."""
    plain = call_one(write(tmp_path / "a.vcf", [], header() + GOOD)).genes
    noise = [line(noise_contig, 100_000 + 7 * i, "A", "C", "0/1", info="DP=" + "9" * 60) for i in range(60_000)]
    wanted = GOOD.splitlines()
    for number, text in enumerate(wanted):
        noise.insert(number * 150, text)
    path = write(tmp_path / "b.vcf", noise)
    assert path.stat().st_size > 4 << 20
    assert call_one(path).genes == plain
    reversed_file = write(tmp_path / "c.vcf", noise[::-1])
    assert call_one(reversed_file).genes == plain


def test_a_block_deep_in_a_large_file_is_found(tmp_path: Path):
    noise = [line("chr7", 100_000 + 7 * i, "A", "C", "0/1", info="DP=" + "9" * 60) for i in range(60_000)]
    noise.insert(30_000, line("chr7", 99_000_000, "A", "<NON_REF>", "0/0", info="END=100000000"))
    found = call_one(write(tmp_path / "a.vcf", noise)).gene("CYP3A5")
    assert found is not None and found.diplotype_text == "*1/*1"


def test_memory_stays_flat_in_the_number_of_samples(tmp_path: Path):
    """Four times the samples: the file grows fourfold, the peak of memory hardly."""
    peaks = []
    for n_samples in (1000, 4000):
        names = [f"S{i}" for i in range(n_samples)]
        rows = (text + ("\t" + text.split("\t")[9]) * (n_samples - 1) for text in records().values())
        path = write(tmp_path / f"{n_samples}.vcf", rows, header(samples=names))
        tracemalloc.start()
        assert sum(1 for _ in call_vcf(path)) == n_samples
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0], peaks
