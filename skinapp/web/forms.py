"""Forms.  Flask-WTF adds the CSRF token."""

from __future__ import annotations

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField

from skinapp.domain.case import is_case_id, new_case_id
from skinapp.domain.errors import PhotoMissing, SeveralPhotos
from skinapp.intake.formats import refuse_other_names


class UploadForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One photo, from the file picker or from a phone's camera."""

    photo = FileField("Photo of the lesion")
    camera = FileField("Take a photo")
    # Names this showing of the form, so that what is sent twice is kept once.
    submission = HiddenField(default=new_case_id)

    def submission_name(self) -> str:
        """The name that was sent; empty where it is none of ours."""
        sent = self.submission.data or ""
        return sent if is_case_id(sent) else ""

    def photo_bytes(self) -> bytes:
        """Return what was sent.

        Raises :class:`PhotoMissing` where nothing was chosen, :class:`SeveralPhotos` where it isn't
        clear which file is meant, and PhotoFormatUnknown where the file's name says that it is no
        photo.
        """
        sent = [
            file
            for field in (self.photo, self.camera)
            for file in request.files.getlist(field.name)
            if file.filename
        ]
        if len(sent) > 1:
            raise SeveralPhotos
        if not sent:
            raise PhotoMissing
        refuse_other_names(sent[0].filename or "")
        return sent[0].stream.read()


class DeleteForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """No fields but the token: the button is the answer."""
