"""The real app with real records, and a classifier that only takes its time.

Served with the real gunicorn.conf.py.  Notes a byte for every photo whose computing has begun.
"""

from __future__ import annotations

import os
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Timer

from skinapp.app import create_app
from skinapp.domain.photo import Photo
from skinapp.domain.prediction import Prediction
from skinapp.ops.logging import configure_logging
from skinapp.ops.watch import StoreWatch
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.screening import Screening
from skinapp.settings import read_settings
from skinapp.web import slow_bodies
from tests.cast import FakeClassifier, a_card, a_prediction

DELAY_S = float(os.environ.get("TOY_DELAY_S", "0"))
NOTES = Path(os.environ["FAKE_NOTES"])
slow_bodies.GRACE_S = float(os.environ.get("TOY_GRACE_S", slow_bodies.GRACE_S))


@dataclass
class LeisurelyClassifier(FakeClassifier):
    def begin(self, photo: Photo) -> Future[Prediction]:  # noqa: ARG002 - all photos are alike
        answer: Future[Prediction] = Future()
        with NOTES.open("a") as notes:
            notes.write(".")
        Timer(DELAY_S, answer.set_result, [a_prediction()]).start()
        return answer


settings = read_settings()
configure_logging(settings.log_level, settings.log_format)
upgrade(settings.effective_database_url)
store = SqlCaseStore(settings.effective_database_url)
screening = Screening(LeisurelyClassifier(), store, settings.limits, timedelta(days=30))
watch = StoreWatch(store.check, every_s=0.2)
watch.start()
app = create_app(settings, screening, a_card(), None, "a" * 64, store_check=watch.check)
