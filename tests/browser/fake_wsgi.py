"""The real app with real records and a classifier that answers by the photo's width."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from skinapp.app import create_app
from skinapp.domain.photo import Photo
from skinapp.domain.prediction import Prediction
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.screening import Screening
from skinapp.settings import read_settings
from tests.browser.fake_ways import RoughWay
from tests.cast import (
    OPERATING_POINT,
    RULES,
    SURE_MELANOMA,
    SURE_NEVUS,
    UNSURE,
    FakeClassifier,
    a_card,
    a_prediction,
)
from tests.evidence_cast import write_evidence

BY_WIDTH_PX = {600: SURE_NEVUS, 610: SURE_MELANOMA, 620: UNSURE}
STRANGE_WIDTH_PX = 630
MEASURED = replace(
    OPERATING_POINT, sensitivity_interval=(0.915, 0.973), specificity_interval=(0.751, 0.811)
)
RECOGNISING = replace(RULES, operating_point=MEASURED, novelty_threshold=1.0)


@dataclass
class WidthClassifier(FakeClassifier):
    def begin(self, photo: Photo) -> Future[Prediction]:
        answer: Future[Prediction] = Future()
        prediction = a_prediction(BY_WIDTH_PX.get(photo.width_px, SURE_NEVUS))
        strange = photo.width_px == STRANGE_WIDTH_PX
        answer.set_result(replace(prediction, novelty_score=4.0 if strange else 0.0))
        return answer


def _explode() -> str:
    raise RuntimeError("a failure for the 500 page")


settings = read_settings()
upgrade(settings.effective_database_url)
store = SqlCaseStore(settings.effective_database_url)
screening = Screening(
    WidthClassifier(rules=RECOGNISING), store, settings.limits, timedelta(days=30)
)
figures = Path(settings.data_dir) / "figures"
write_evidence(figures)
app = create_app(settings, screening, a_card(), figures, "a secret for tests")
app.add_url_rule("/explode", view_func=_explode)
app.wsgi_app = RoughWay(app.wsgi_app)
