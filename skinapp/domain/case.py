"""An assessment that is kept."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from skinapp.domain.assessment import Assessment

_ID_BYTES = 16
_CASE_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Case:
    """An assessment with its id and time (UTC, aware).  Sizes are those of the kept photo."""

    id: str
    created_at: datetime
    assessment: Assessment
    photo_width_px: int
    photo_height_px: int
    source_width_px: int
    source_height_px: int


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """A case in a list; ``case`` is None where its record can't be read."""

    id: str
    created_at: datetime
    case: Case | None


@dataclass(frozen=True, slots=True)
class CaseImages:
    """The pictures of a case: the photo as JPEG, the activation overlay as PNG.

    The overlay is transparent where it shows nothing, has the photo's aspect ratio and is laid over
    it as it is.
    """

    photo_jpeg: bytes
    overlay_png: bytes


def new_case_id() -> str:
    """An unguessable id: 128 random bits as 22 URL-safe characters.  Names a submission, too."""
    return secrets.token_urlsafe(_ID_BYTES)


def case_id_of(owner: str, submission: str, data: bytes) -> str:
    """The id of what is sent by a form: the same for the same bytes, as unguessable as the owner.

    ``submission`` names one showing of the form, so that a photo that is sent again after its
    answer was lost is told from one that is assessed twice on purpose.
    """
    digest = hmac.new(owner.encode(), f"{submission}\0".encode(), "sha256")
    digest.update(data)
    return base64.urlsafe_b64encode(digest.digest()[:_ID_BYTES]).decode().rstrip("=")


def is_case_id(text: str) -> bool:
    """Whether it could be one: no database need be asked for anything else."""
    return _CASE_ID.fullmatch(text) is not None
