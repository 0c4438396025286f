"""Euthymia: one case in, one explained plan out, for depression that resists treatment.

Importing this package loads nothing heavy; the parts are imported where they are used.
"""

__version__ = "0.1.0"
