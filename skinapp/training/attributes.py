"""What tables say of a patient and a lesion, made comparable: the cleaning, as a visible step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from skinapp.evaluation.ages import age_years

_SILENT = frozenset({"", "unknown", "unk", "na", "n/a", "nan", "none", "null", "other", "-"})
_SEXES = {"f": "female", "m": "male", "female": "female", "male": "male"}
AGE_BAND_YEARS = 20


@dataclass(frozen=True, slots=True)
class CleaningStep:
    """One rule of the cleaning and how many values it changed."""

    attribute: str
    what: str
    values: int


def said(value: str) -> bool:
    """Whether a cell says anything."""
    return value.strip().lower() not in _SILENT


def age_band(value: str) -> str:
    """The band of 20 years an age falls into, as in "40 to 59"; empty where there is none."""
    age = age_years(value)
    if age is None:
        return ""
    low = int(age // AGE_BAND_YEARS) * AGE_BAND_YEARS
    return "80 and over" if low >= 4 * AGE_BAND_YEARS else f"{low} to {low + AGE_BAND_YEARS - 1}"


def clean(attribute: str, value: str) -> str:
    """A value as a category: age as its band, sex and site in small letters; empty if unknown."""
    if not said(value):
        return ""
    if attribute == "age":
        return age_band(value)
    plain = value.strip().lower()
    return _SEXES.get(plain, "") if attribute == "sex" else plain


def odd_values(attributes: Mapping[str, str]) -> Iterable[str]:
    """Sentences about cells that say something which cannot be."""
    age = attributes.get("age", "")
    if said(age) and age_years(age) is None:
        yield f"age {age}"
    sex = attributes.get("sex", "")
    if said(sex) and sex.strip().lower() not in _SEXES:
        yield f"sex {sex}"


def cleaning_steps(
    rows: Iterable[Mapping[str, str]], attributes: Iterable[str]
) -> list[CleaningStep]:
    """What :func:`clean` does to a table, with counts."""
    counts: Counter[tuple[str, str]] = Counter()
    names = list(attributes)
    for row in rows:
        for name in names:
            counts[name, _what_happens(name, row.get(name, ""))] += 1
    return [CleaningStep(name, what, n) for (name, what), n in sorted(counts.items()) if what]


def _what_happens(attribute: str, value: str) -> str:
    if not value.strip():
        return "empty, taken as unknown"
    if not said(value):
        return f"“{value.strip()}”, taken as unknown"
    if attribute == "age" and age_years(value) is None:
        return f"“{value.strip()}” years, taken as unknown"
    if attribute == "sex" and not clean(attribute, value):
        return f"“{value.strip()}”, taken as unknown"
    return ""
