"""Nothing about the seven classes of HAM10000 stands in the app: another card, other pages."""

import re
from datetime import timedelta

import pytest
import torch
from safetensors.torch import save_file

from skinapp.app import create_app
from skinapp.domain.lesions import TAXONOMIES
from skinapp.evaluation.predictions import columns
from skinapp.evaluation.score import OFFLINE_LIMITS
from skinapp.intake.decode import decode_photo
from skinapp.model.card import WEIGHTS_FILE, Label, write_card
from skinapp.model.classifier import load_classifier
from skinapp.model.network import build_network
from skinapp.model.weights_file import sha256_of
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.screening import Screening
from skinapp.settings import Settings
from skinapp.synthetic import lesion_jpeg
from tests.cast import a_card
from tests.web.visitor import made_case

MALIGNANT = {"ak", "bcc", "mel", "scc"}


@pytest.fixture(scope="module")
def lesions():
    return TAXONOMIES["isic9"]


@pytest.fixture(scope="module")
def classifier(lesions, tmp_path_factory):
    """An untrained network of this taxonomy, from a model folder."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(3)
    state = build_network("efficientnet_b0", len(lesions)).state_dict()
    half = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    save_file({k: v.contiguous() for k, v in half.items()}, folder / WEIGHTS_FILE)
    card = a_card()
    labels = tuple(
        Label(code=x.code, name=x.name, malignant=x.malignant, description=x.description)
        for x in lesions
    )
    changes = {
        "architecture": "efficientnet_b0",
        "labels": labels,
        "input": card.input.model_copy(update={"size_px": 96}),
        "metrics": {},
        "weights_sha256": sha256_of(folder / WEIGHTS_FILE),
    }
    write_card(card.model_copy(update=changes), folder)
    return load_classifier(folder)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('records') / 'cases.sqlite3'}"
    upgrade(url)
    return SqlCaseStore(url)


@pytest.fixture
def client(classifier, store):
    settings = Settings()
    screening = Screening(classifier, store, settings.limits, timedelta(days=30))
    return create_app(settings, screening, classifier.card, None, "a secret").test_client()


def test_a_photo_gets_a_bar_for_each_class(client, lesions):
    page = client.get(made_case(client, lesion_jpeg("nevus", seed=4))).text
    bars = re.findall(r'<li class="bars__item.*?</li>', page, re.DOTALL)
    assert len(bars) == len(lesions)
    for lesion in lesions:
        (bar,) = (each for each in bars if f'<span class="code">{lesion.code}</span>' in each)
        assert lesion.name in bar
        assert ("malignant</span>" in bar) == (lesion.code in MALIGNANT)


@pytest.fixture
def screened(classifier):
    return classifier.predict(decode_photo(lesion_jpeg("melanoma", seed=5), OFFLINE_LIMITS))


def test_advice_goes_by_the_sum_over_the_malignant_classes(classifier, screened):
    by_code = {
        label.code: probability
        for label, probability in zip(screened.labels, screened.probabilities, strict=True)
    }
    assert screened.malignant_probability == pytest.approx(sum(by_code[x] for x in MALIGNANT))
    assert {label.code for label in classifier.card.labels if label.malignant} == MALIGNANT


def test_the_models_page_names_its_classes(client, lesions):
    page = client.get("/model").text
    for lesion in lesions:
        assert f'<span class="code">{lesion.code}</span>' in page


def test_scores_of_a_folder_have_a_column_for_each_class(classifier, lesions):
    named = [column for column in columns(classifier.card) if column.startswith("p_")]
    assert named == [f"p_{lesion.code}" for lesion in lesions]
