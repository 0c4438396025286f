"""Genome engine: VCF to star alleles, diplotypes and phenotypes, with everything that cannot be told named."""

from euthymia.engines.genome.call import call_vcf
from euthymia.engines.genome.call_types import INDETERMINATE, CallStatus, Diplotype, GeneCall, GenomeCalls
from euthymia.engines.genome.outside_calls import OutsideCall, parse_outside_calls
from euthymia.engines.genome.phenotype import diplotype

__all__ = [
    "INDETERMINATE",
    "CallStatus",
    "Diplotype",
    "GeneCall",
    "GenomeCalls",
    "OutsideCall",
    "call_vcf",
    "diplotype",
    "parse_outside_calls",
]
