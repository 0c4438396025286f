"""Spellings of a drug name, from the name as written to the bare ingredient: case, accents, strength, form, salt."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PHRASES = {
    "extended release": "xr", "prolonged release": "xr", "sustained release": "sr", "controlled release": "cr",
    "modified release": "mr", "immediate release": "ir", "delayed release": "dr", "slow release": "sr",
    "orally disintegrating": "odt", "long acting injection": "depot", "long acting injectable": "depot",
}  # fmt: skip
_RELEASE = frozenset({"xr", "er", "xl", "sr", "cr", "mr", "ir", "dr", "la", "pr", "odt", "retard", "prolong", "depot"})
_PACKAGE = frozenset({
    "tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps", "solution", "drops", "syrup", "oral",
    "injection", "infusion", "film", "coated", "tabletten", "tablette", "kapseln", "tropfen", "spray", "nasal", "iv",
    "im", "po", "intravenous", "subcutaneous", "soltab", "generic", "lai", "daily", "bid", "tid", "qd", "od", "nocte",
    "prn", "suspension", "powder", "sublingual", "soluble", "dispersible", "effervescent", "drip", "mg", "mcg", "ug",
})  # fmt: skip
_SALTS = frozenset({
    "hydrochloride", "hydrochlorid", "hcl", "dihydrochloride", "hydrobromide", "hydrobromid", "hbr", "bromide",
    "sodium", "natrium", "potassium", "calcium", "magnesium", "carbonate", "carbonat", "citrate", "sulfate", "sulphate",
    "sulfat", "maleate", "maleat", "mesylate", "mesilate", "mesilat", "besylate", "besilate", "besilat", "tartrate",
    "tartrat", "bitartrate", "hemitartrate", "succinate", "succinat", "fumarate", "fumarat", "hemifumarate", "oxalate",
    "oxalat", "acetate", "acetat", "phosphate", "nitrate", "chloride", "pamoate", "pamoat", "embonate", "decanoate",
    "decanoat", "palmitate", "lauroxil", "lactate", "malate", "tosylate", "dihydrate", "monohydrate", "hemihydrate",
    "anhydrous", "dipotassium", "disodium", "dimesylate", "saccharate", "aspartate", "enanthate", "semisodium",
})  # fmt: skip
_STRENGTH = re.compile(r"^\d+([.,]\d+)?(mg|mcg|ug|g|ml)?$")


@lru_cache(maxsize=4096)  # screening asks for the same few names by the thousand
def spellings(name: str) -> tuple[str, ...]:
    """Return the spellings under which ``name`` may be found, most specific first; empty for an empty name.

    Examples
    --------
    >>> spellings("Venlafaxin-HCl 75 mg, extended release")[-1]
    'venlafaxin'
    """
    folded = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(ch for ch in folded if not unicodedata.combining(ch)).replace("’", "").replace("'", "")
    words = re.sub(r"[^0-9a-z.,]+", " ", plain).replace("ß", "ss").split()
    words = [w.strip(".,") for w in words if w.strip(".,")]
    text = " ".join(words)
    for phrase, short in _PHRASES.items():
        text = text.replace(phrase, short)
    levels = [text.split()]
    levels.append([w for w in levels[-1] if w not in _PACKAGE and not _STRENGTH.match(w)])
    levels.append([w for w in levels[-1] if w not in _SALTS])
    levels.append([w for w in levels[-1] if w not in _RELEASE])
    found: list[str] = []
    for level in levels:
        joined = " ".join(level)
        if joined and joined not in found:
            found.append(joined)
    return tuple(found)
