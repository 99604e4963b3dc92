"""Reading a folder-per-class set: ``[Train/ or Test/]<class>/<image>``, as it circulates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skinapp.domain.lesions import LesionType
from skinapp.evaluation.image_files import image_files
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable, read_labelled_images
from skinapp.evaluation.splits import SplitRow, read_split_rows

PART_FOLDERS = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True, slots=True)
class FolderImage:
    """An image file, the name of its class's folder, and its part where folders give one."""

    path: Path
    class_name: str
    part: str


def list_folder_images(root: Path) -> list[FolderImage]:
    """All images below the class folders of a set, sorted by path.

    Raises :class:`LabelsUnreadable` where there are none, or an image lies outside of a class.
    """
    if not root.is_dir():
        raise LabelsUnreadable(f"{root} is not a folder")
    images = [_folder_image(path, root) for path in image_files(root)]
    if not images:
        raise LabelsUnreadable(f"{root} has no folders of images")
    return images


def _folder_image(path: Path, root: Path) -> FolderImage:
    folders = path.relative_to(root).parts[:-1]
    part = PART_FOLDERS.get(folders[0].lower(), "") if folders else ""
    if part:
        folders = folders[1:]
    if not folders:
        raise LabelsUnreadable(f"{path} lies in no class's folder")
    return FolderImage(path, folders[0], part)


def read_folder_images(root: Path, lesions: Sequence[LesionType]) -> list[LabelledImage]:
    """A folder-per-class set with the codes of a taxonomy; sorted by image id.

    A folder is named by a class's code or name; case and punctuation don't matter.  One file
    name can stand in several folders, so the id is the path below the root without suffix.
    Nothing is known of lesions, so each image is its own.  Raises :class:`LabelsUnreadable`, also
    for two files of which only the suffix differs: a split could not tell them apart.
    """
    codes = {_plain(name): lesion.code for lesion in lesions for name in (lesion.name, lesion.code)}
    found = list_folder_images(root)
    unknown = sorted({image.class_name for image in found if _plain(image.class_name) not in codes})
    if unknown:
        raise LabelsUnreadable(
            f"{root} has folders that are no class of the taxonomy: {', '.join(unknown)}"
        )
    images: dict[str, LabelledImage] = {}
    for image in found:
        image_id = image.path.relative_to(root).with_suffix("").as_posix()
        if image_id in images:
            raise LabelsUnreadable(
                f"{images[image_id].path} and {image.path} have one name but for the suffix; "
                "rename one of them"
            )
        code = codes[_plain(image.class_name)]
        images[image_id] = LabelledImage(image_id, image.path, code, image_id)
    return [images[image_id] for image_id in sorted(images)]


def read_images(
    folders: Sequence[Path],
    table: Path | None,
    split: Path | None,
    lesions: Sequence[LesionType],
) -> list[LabelledImage]:
    """Labelled images by whatever says what they show: a table, else a split, else their folders.

    A split file of ``train.py`` holds the labels after cleaning, and the lesions: also those of
    images whose table knows of none.  Raises :class:`LabelsUnreadable`.
    """
    labels = table or split
    if labels is not None:
        images = read_labelled_images(folders, labels, [lesion.code for lesion in lesions])
        return with_lesions(images, read_split_rows(split)) if table and split else images
    if len(folders) > 1:
        raise LabelsUnreadable("several --images need --labels or --split")
    return read_folder_images(folders[0], lesions)


def with_lesions(images: Sequence[LabelledImage], rows: Sequence[SplitRow]) -> list[LabelledImage]:
    """Give images that are each a lesion of their own the lesions of a split's rows."""
    if len({image.lesion_id for image in images}) < len(images):
        return list(images)
    known = {row.image_id: row.lesion_id for row in rows}
    return [
        replace(image, lesion_id=known.get(image.image_id, image.lesion_id)) for image in images
    ]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()
