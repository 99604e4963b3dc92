"""Forms.  Flask-WTF adds the CSRF token."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage

from skinapp.domain.errors import PhotoMissing
from skinapp.intake.formats import refuse_other_names


class UploadForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One photo, from the file picker or from a phone's camera."""

    photo = FileField("Photo of the lesion")
    camera = FileField("Take a photo")

    def photo_bytes(self) -> bytes:
        """Return what was sent.

        Raises :class:`PhotoMissing` where nothing was chosen, and PhotoFormatUnknown where the
        file's name says that it is no photo.
        """
        for field in (self.photo, self.camera):
            if isinstance(field.data, FileStorage):
                refuse_other_names(field.data.filename or "")
                return field.data.stream.read()
        raise PhotoMissing


class DeleteForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """No fields but the token: the button is the answer."""
