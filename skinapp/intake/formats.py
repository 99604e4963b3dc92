"""Which formats come in, and how they are told apart.

The first bytes decide, never a file name or a Content-Type.  Pillow is then offered this one
format, so that none of its forty other decoders is ever within an attacker's reach.
"""

from __future__ import annotations

import logging
import re
import warnings

import pillow_heif
from PIL import Image

from skinapp.domain.errors import PhotoFormatUnknown

ACCEPTED: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "HEIF")

# MPO is what phones call a JPEG that carries further pictures (depth, a wider view) behind the
# first one.  Pillow turns such a JPEG into its own class by itself; to us it stays a JPEG.
SAME_AS = {"MPO": "JPEG"}

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

# What a name ends in that is certainly no photo.  Between pictures the name counts for nothing:
# phones send JPEG files called .HEIC, and folders are called "lesion 12.03".
_OTHER_NAME = re.compile(
    r"\.(x?html?|svg|xml|xsl|m?js|css|php|phtml|aspx?|jsp|cgi|pl|py|rb|sh|bat|cmd|ps1|vbs"
    r"|exe|dll|com|scr|msi|jar|class|apk|dmg|pkg|deb|rpm|so|url|lnk|htaccess"
    r"|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|iso"
    r"|pdf|doc[xm]?|xls[xm]?|pptx?|od[ts]|rtf|txt|csv|json)\s*$",
    re.IGNORECASE,
)

# All these are set once, at import, because they belong to the process and not to a thread.
# - Thumbnails off: a draft must be the photo itself.  Depth and auxiliary images are not needed.
# - Pillow's own pixel limit would be a warning below and an error above twice the limit; ours is
#   PhotoLimits.max_megapixels, checked on the header of every file before it is decoded.
# - Pillow warns and logs of odd files; what matters of that is in our refusals.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.CRITICAL)


def sniff(data: bytes) -> str:
    """Name the format of a file, one of :data:`ACCEPTED`, by its first bytes.

    Raises :class:`~skinapp.domain.errors.PhotoFormatUnknown` for all others.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    # Classic TIFF only: nothing below four gigabytes has a reason to be a BigTIFF.
    if data.startswith((b"II*\0", b"MM\0*")):
        return "TIFF"
    if data.startswith(b"BM"):
        return "BMP"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    raise PhotoFormatUnknown


def refuse_other_names(name: str) -> None:
    """Refuse a file whose name says that it is a page, a program, an archive or a document.

    Raises :class:`~skinapp.domain.errors.PhotoFormatUnknown`.
    """
    if _OTHER_NAME.search(name):
        raise PhotoFormatUnknown
