"""gunicorn's entry point: settings -> assembly -> app."""

from __future__ import annotations

from dataclasses import asdict

import structlog
from flask import Flask
from gunicorn.errors import AppImportError

from skinapp.app import create_app
from skinapp.assembly import assemble
from skinapp.domain.errors import SkinappError
from skinapp.ops.housekeeping import Housekeeper
from skinapp.ops.logging import configure_logging
from skinapp.ops.secret_key import read_or_make_secret_key
from skinapp.ops.watch import StoreWatch
from skinapp.settings import SettingsRefused, read_settings
from skinapp.web.site import compile_templates


def build() -> Flask:
    """Load the model, open the records, answer once for practice, and build the app.

    Raises :class:`AppImportError` with a sentence where that can't be: gunicorn then stops,
    instead of starting process after process.
    """
    try:
        settings = read_settings()
        configure_logging(settings.log_level, settings.log_format)
        secret_key = read_or_make_secret_key(settings.data_dir)
        assembled = assemble(settings)
        watch = StoreWatch(assembled.screening.store.check)
        made = create_app(
            settings,
            assembled.screening,
            assembled.card,
            assembled.figures_dir,
            secret_key,
            store_check=watch.check,
        )
    except (SkinappError, SettingsRefused) as error:
        raise AppImportError(str(error)) from None
    structlog.get_logger("skinapp.engine").info(
        "engine", **asdict(assembled.screening.classifier.engine)
    )
    assembled.warm()
    Housekeeper(assembled.screening.purge_expired).start()
    watch.start()
    compile_templates(made)
    return made


app = build()
