"""Lesion types and the taxonomies they come in.

The taxonomy here is what training starts from.  A trained model carries its own copy in its
card, so that serving never depends on this file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LesionType:
    """One class a model can name.

    ``malignant`` follows the usual grouping of HAM10000, in which ``akiec`` (actinic keratosis
    and intraepithelial carcinoma) counts as malignant because it needs treatment.
    """

    code: str
    name: str
    malignant: bool
    description: str


# Tschandl, Rosendahl, Kittler, "The HAM10000 dataset", Sci. Data 5:180161 (2018), table 1.
HAM10000: tuple[LesionType, ...] = (
    LesionType(
        "akiec",
        "Actinic keratosis or squamous cell carcinoma",
        True,
        "Actinic keratosis, Bowen disease and squamous cell carcinoma of the skin; counted as "
        "malignant, because all of them need treatment",
    ),
    LesionType("bcc", "Basal cell carcinoma", True, "Common skin cancer that rarely spreads"),
    LesionType(
        "bkl",
        "Benign keratosis",
        False,
        "Seborrhoeic keratosis, solar lentigo and lichen-planus-like keratosis",
    ),
    LesionType("df", "Dermatofibroma", False, "Benign fibrous nodule of the dermis"),
    LesionType("mel", "Melanoma", True, "Malignant tumour of melanocytes"),
    LesionType("nv", "Melanocytic nevus", False, "Benign mole"),
    LesionType(
        "vasc", "Vascular lesion", False, "Angioma, angiokeratoma, pyogenic granuloma, haemorrhage"
    ),
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The finest diagnosis a network may tell apart, and the class it counts towards."""

    code: str
    name: str
    class_code: str


ACTINIC_KERATOSIS, SQUAMOUS_CELL_CARCINOMA = "ak", "scc"

# The ISIC Archive splits HAM10000's akiec; every other class is a leaf itself.
HAM10000_LEAVES: tuple[Leaf, ...] = (
    Leaf(ACTINIC_KERATOSIS, "Actinic keratosis", "akiec"),
    Leaf(SQUAMOUS_CELL_CARCINOMA, "Squamous cell carcinoma", "akiec"),
    *(Leaf(lesion.code, lesion.name, lesion.code) for lesion in HAM10000[1:]),
)

# "Skin cancer ISIC, 9 classes", a folder-per-class set named by these names.
ISIC9: tuple[LesionType, ...] = (
    LesionType(ACTINIC_KERATOSIS, "Actinic keratosis", True, "Precancerous; needs treatment"),
    LesionType("bcc", "Basal cell carcinoma", True, "Common skin cancer that rarely spreads"),
    LesionType("df", "Dermatofibroma", False, "Benign fibrous nodule of the dermis"),
    LesionType("mel", "Melanoma", True, "Malignant tumour of melanocytes"),
    LesionType("nv", "Nevus", False, "Benign mole"),
    LesionType(
        "pbk",
        "Pigmented benign keratosis",
        False,
        "Seborrhoeic keratosis, solar lentigo and lichen-planus-like keratosis",
    ),
    LesionType("sk", "Seborrheic keratosis", False, "Benign growth of the epidermis"),
    LesionType(
        SQUAMOUS_CELL_CARCINOMA, "Squamous cell carcinoma", True, "Skin cancer that can spread"
    ),
    LesionType("vasc", "Vascular lesion", False, "Angioma, angiokeratoma, haemorrhage"),
)

_SEBORRHEIC_KERATOSIS = "sk"

TAXONOMIES: dict[str, tuple[LesionType, ...]] = {
    "ham10000": HAM10000,
    "isic9": ISIC9,
    # What is left of it when contradictions are taken out: all but one of the pictures of
    # seborrheic keratosis stand among the melanomas as well, or are melanomas elsewhere.
    "isic9_cleaned": tuple(lesion for lesion in ISIC9 if lesion.code != _SEBORRHEIC_KERATOSIS),
}
# Classes that a set has folders of and the taxonomy has not: read, compared, and left out.
LEFT_OUT: dict[str, tuple[LesionType, ...]] = {
    "isic9_cleaned": tuple(lesion for lesion in ISIC9 if lesion.code == _SEBORRHEIC_KERATOSIS)
}
LEAVES: dict[str, tuple[Leaf, ...]] = {"ham10000": HAM10000_LEAVES}


def outputs_of(taxonomy: str, *, leaves: bool) -> tuple[Leaf, ...]:
    """What a network of this taxonomy tells apart: its leaves, or its classes as leaves."""
    if leaves:
        return LEAVES[taxonomy]
    return tuple(Leaf(lesion.code, lesion.name, lesion.code) for lesion in TAXONOMIES[taxonomy])


# The class of HAM10000 and of ISIC 2019 that a finer diagnosis is a part of.
_BROADER = {
    ACTINIC_KERATOSIS: "akiec",
    SQUAMOUS_CELL_CARCINOMA: "akiec",
    "pbk": "bkl",
    _SEBORRHEIC_KERATOSIS: "bkl",
}


def agree(code: str, other: str) -> bool:
    """Whether two sets' codes can be one lesion's: they are the same, or one is a part of it."""
    return code == other or _BROADER.get(code) == other or _BROADER.get(other) == code
