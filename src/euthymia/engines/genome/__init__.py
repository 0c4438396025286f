"""Genome engine: VCF to star alleles, diplotypes and phenotypes, with everything that cannot be told named."""

from euthymia.engines.genome.call_types import INDETERMINATE, CallStatus, Diplotype, GeneCall, GenomeCalls

__all__ = ["INDETERMINATE", "CallStatus", "Diplotype", "GeneCall", "GenomeCalls"]
