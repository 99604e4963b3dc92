"""What a data set on disk says of its images, taken as it is: nothing is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from skinapp.evaluation.folders import list_folder_images
from skinapp.evaluation.image_files import image_files
from skinapp.evaluation.splits import read_split_rows
from skinapp.evaluation.tables import LabelsUnreadable, read_header, read_table

# The names that public sets give to what is known of an image.
_COLUMNS = {
    "code": ("dx", "diagnosis", "diagnosis_3", "target", "label"),
    "lesion_id": ("lesion_id",),
    "age": ("age", "age_approx", "age_years"),
    "sex": ("sex", "gender"),
    "site": ("localization", "anatom_site_general", "anatom_site_general_challenge", "site"),
    "confirmation": ("dx_type", "diagnosis_confirm_type"),
}
ATTRIBUTES = ("age", "sex", "site", "confirmation")
_ID_COLUMNS = ("image_id", "isic_id", "image", "image_name")
_TABLES = ("HAM10000_metadata.csv", "labels.csv", "metadata.csv")


@dataclass(frozen=True, slots=True)
class Record:
    """An image file and what the set says of it; what it doesn't say is empty.

    ``name`` is the path below the set's folder, ``attributes`` maps :data:`ATTRIBUTES` to the
    table's own words.
    """

    name: str
    path: Path
    image_id: str
    code: str = ""
    part: str = ""
    lesion_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A set: its files, the table's rows that have none, and the attributes it speaks of.

    ``head`` holds the table's header and first rows as they are.
    """

    root: Path
    layout: str
    records: tuple[Record, ...]
    rows_without_file: tuple[str, ...] = ()
    rows_twice: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    head: tuple[tuple[str, ...], ...] = ()


def take_inventory(
    root: Path, *, layout: str = "auto", table: Path | None = None, split: Path | None = None
) -> Inventory:
    """List a set's images and join its table (and a ``split.csv`` of train.py) to them.

    ``layout`` is ``table``, ``folders`` or ``auto``: folders where no table is found.  Raises
    :class:`LabelsUnreadable` where there is nothing that could be a set, or a table can't be read.
    """
    if not root.is_dir():
        raise LabelsUnreadable(f"{root} is not a folder")
    if table and layout == "folders":
        raise LabelsUnreadable(f"{table} can't be the table of a set with a folder a class")
    table = table or (None if layout == "folders" else find_table(root))
    if table is None and layout == "table":
        raise LabelsUnreadable(f"{root} has no table of labels")
    found = _from_folders(root) if table is None else _from_table(root, table)
    return _with_split(found, split) if split else found


def find_table(root: Path) -> Path | None:
    """The table of labels in a set's folder: one with a known name, else the only readable one.

    Raises :class:`LabelsUnreadable` where several would do.
    """
    for name in _TABLES:
        if (root / name).is_file():
            return root / name
    usable = [path for path in sorted(root.glob("*.csv")) if _is_label_table(path)]
    if len(usable) > 1:
        names = ", ".join(path.name for path in usable)
        raise LabelsUnreadable(f"{root} has several tables ({names}); name one with --labels")
    return usable[0] if usable else None


def _is_label_table(path: Path) -> bool:
    try:
        header = read_header(path)
    except (LabelsUnreadable, OSError):
        # Somebody's list in an old encoding, or a link to one that is gone, is no table of labels.
        return False
    return any(name in header for name in _ID_COLUMNS)


def _from_folders(root: Path) -> Inventory:
    records = tuple(
        Record(
            name=image.path.relative_to(root).as_posix(),
            path=image.path,
            image_id=image.path.stem,
            code=image.class_name,
            part=image.part,
        )
        for image in list_folder_images(root)
    )
    return Inventory(root, "folders", records)


def _from_table(root: Path, table: Path) -> Inventory:
    header = read_header(table)
    id_column = next((name for name in _ID_COLUMNS if name in header), None)
    if id_column is None:
        raise LabelsUnreadable(f"{table} has no column of image ids ({', '.join(_ID_COLUMNS)})")
    columns = {
        what: next((name for name in names if name in header), "")
        for what, names in _COLUMNS.items()
    }
    # A row that lacks cells says less of its image; the audit names what is missing.
    rows = read_table(table)
    facts: dict[str, Record] = {}
    twice = []
    for row in rows:
        image_id = row[id_column].strip()
        if image_id in facts:
            twice.append(image_id)
        facts[image_id] = _record_of(row, image_id, columns)
    files = image_files(root)
    return Inventory(
        root=root,
        layout="table",
        records=tuple(_at(path, root, facts.get(path.stem)) for path in files),
        rows_without_file=tuple(sorted(facts.keys() - {path.stem for path in files})),
        rows_twice=tuple(sorted(twice)),
        attributes=tuple(name for name in ATTRIBUTES if columns[name]),
        head=(header, *(tuple(row[name] for name in header) for row in rows[:8])),
    )


def _record_of(row: Mapping[str, str], image_id: str, columns: Mapping[str, str]) -> Record:
    def cell(what: str) -> str:
        return row[columns[what]].strip() if columns[what] else ""

    return Record(
        name="",
        path=Path(),
        image_id=image_id,
        code=cell("code") or _one_hot(row),
        lesion_id=cell("lesion_id"),
        attributes={name: cell(name) for name in ATTRIBUTES if columns[name]},
    )


def _one_hot(row: Mapping[str, str]) -> str:
    """The ISIC challenge's column with a 1; several, or none, are no class."""
    ones = [name.lower() for name, value in row.items() if value in {"1", "1.0"}]
    return ones[0] if len(ones) == 1 else ""


def _at(path: Path, root: Path, facts: Record | None) -> Record:
    name = path.relative_to(root).as_posix()
    if facts is None:
        return Record(name, path, path.stem)
    return replace(facts, name=name, path=path)


def _with_split(inventory: Inventory, split: Path) -> Inventory:
    parts = {row.image_id: row.part for row in read_split_rows(split)}
    # In a set with a folder a class one file name can stand several times: its id is its path.
    records = tuple(
        replace(
            record,
            part=parts.get(Path(record.name).with_suffix("").as_posix())
            or parts.get(record.image_id, ""),
        )
        for record in inventory.records
    )
    if not any(record.part for record in records):
        raise LabelsUnreadable(f"{split} has none of the images in {inventory.root}")
    return replace(inventory, records=records)
