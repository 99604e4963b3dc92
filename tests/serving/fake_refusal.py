"""An application that can't start, for a reason that skinapp knows."""

from gunicorn.errors import AppImportError

raise AppImportError("There is no model in weights/nothing")
