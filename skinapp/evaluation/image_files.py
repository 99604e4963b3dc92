"""The image files below a folder, wherever its links lead."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from skinapp.domain.errors import PhotoTooLarge
from skinapp.domain.photo import PhotoLimits

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif"}
)


def image_files(folder: Path) -> list[Path]:
    """Every file below a folder that has an image's suffix, sorted by path.

    Sub-folders that are symbolic links are followed, as where a set is spread over several disks,
    but not back to a folder on the way to them.  Raises ``OSError`` for a folder that can't be
    read: a class that is left out in silence would spoil whatever follows.
    """
    found: list[Path] = []
    for here, names_of_folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        parent = Path(here)
        names_of_folders[:] = [
            name for name in names_of_folders if not _leads_back(parent / name, folder)
        ]
        found.extend(parent / name for name in names)
    return sorted(path for path in found if path.suffix.lower() in IMAGE_SUFFIXES)


def read_image_file(path: Path, limits: PhotoLimits) -> bytes:
    """The bytes of one file, none of which are read where there are more than the limit.

    Raises :class:`~skinapp.domain.errors.PhotoTooLarge`, and ``OSError`` for what can't be read or
    is no file.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "Not a file")
    if facts.st_size > limits.max_upload_bytes:
        raise PhotoTooLarge(size_bytes=facts.st_size, maximum_bytes=limits.max_upload_bytes)
    return path.read_bytes()


def _refuse(error: OSError) -> None:
    raise error


def _leads_back(path: Path, folder: Path) -> bool:
    """Whether a link below a folder holds one of the folders that it is in."""
    if not path.is_symlink():
        return False
    target = path.resolve()
    above = [parent for parent in path.parents if parent.is_relative_to(folder)]
    return any(parent.resolve().is_relative_to(target) for parent in above)
