"""Photo to the JPEG that is kept."""

from __future__ import annotations

import io

from PIL import Image

from skinapp.domain.photo import Photo

# Twice as many as the list shows, for finer screens.
_THUMBNAIL_SIDE_PX = 192
# At 90 the loss can't be seen, at half the size of 95.
_QUALITY = 90


def encode_jpeg(photo: Photo) -> bytes:
    """Encode as JPEG without any metadata: pixels are all that is left of the upload."""
    image = Image.frombytes("RGB", (photo.width_px, photo.height_px), photo.rgb)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def thumbnail_jpeg(photo_jpeg: bytes) -> bytes:
    """A kept photo, 192 px on its longer side at most: some kilobytes."""
    with Image.open(io.BytesIO(photo_jpeg), formats=("JPEG",)) as image:
        # Decodes at a reduced scale where that is large enough.
        image.thumbnail((_THUMBNAIL_SIDE_PX, _THUMBNAIL_SIDE_PX))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
