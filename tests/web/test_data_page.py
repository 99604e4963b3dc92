"""What the app tells of the data it was trained on, and of what is missing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from skinapp.app import create_app
from skinapp.domain.errors import ModelRefused
from skinapp.model.data_entries import CleaningEntry, DataAuditEntry, FindingEntry
from skinapp.model.evidence import read_evidence
from skinapp.screening import Screening
from skinapp.web.presenters.data import present_data
from tests.cast import a_card
from tests.evidence_cast import FACTS, write_evidence

SHIPPED = Path(__file__).parents[2] / "weights" / "ham10000-efficientnet-b4"


@pytest.fixture
def proven(settings, classifier, store, tmp_path):
    """A visitor of an app whose model brings all evidence."""
    figures = tmp_path / "model" / "figures"
    write_evidence(figures)
    screening = Screening(classifier, store, settings.limits, timedelta(days=30))
    return create_app(settings, screening, a_card(), figures, "a secret").test_client()


@pytest.fixture
def cleaned(settings, classifier, store):
    """A visitor of an app whose model's card tells of audit and cleaning."""
    title = "Images that are also in HAM10000"
    finding = FindingEntry(check="also_elsewhere", severity="error", title=title, files=1514)
    audit = DataAuditEntry(
        data="ISIC, 9 classes",
        files=2359,
        against=("ham10000", "isic2019_msk"),
        findings=(finding,),
    )
    cleaning = (CleaningEntry(reason="One picture in two classes", images=114),)
    card = a_card().model_copy(update={"data_audit": audit, "cleaning": cleaning})
    screening = Screening(classifier, store, settings.limits, timedelta(days=30))
    return create_app(settings, screening, card, None, "a secret").test_client()


@pytest.mark.parametrize(
    "words",
    [
        "2,359 files of ISIC, 9 classes were looked at",
        "compared with ham10000 and isic2019_msk",
        "Images that are also in HAM10000",
        '<td class="number">1,514</td>',
        "One picture in two classes",
        '<td class="number">114</td>',
        "10,015 images are left",
    ],
)
def test_data_page_tells_what_the_audit_found_and_what_was_left_out(cleaned, words):
    assert words in cleaned.get("/data").text


@pytest.mark.parametrize(
    "words",
    [
        "120 images of HAM10000",
        "Dermatofibroma",
        "5 of “Melanocytic nevus”",
        "right in 83.3\N{NO-BREAK SPACE}%",
        "Sex by lesion type",
        '<td class="number">0.32</td>',
        "from 0.20 where it has seven",
        "448 × 336",
        "Empty, taken as unknown",
        "Files with the same bytes",
        "CC BY-NC 4.0",
    ],
)
def test_data_page_tells(proven, words):
    assert words in proven.get("/data").text


def test_tables_by_lesion_type_have_codes_for_columns_that_the_first_table_explains(proven):
    page = proven.get("/data").text
    assert '<th scope="row">Dermatofibroma (df)</th>' in page
    by_sex = page.split('id="by-sex"')[1].split("</thead>")[0]
    assert by_sex.count('<th scope="col" class="number">') == 2
    assert '<th scope="col" class="number">df</th>' in by_sex


def test_folder_that_is_named_by_a_name_is_not_named_twice():
    classes = (FACTS.classes[0].model_copy(update={"code": "pigmented benign keratosis"}),)
    facts = FACTS.model_copy(update={"classes": classes, "crossings": ()})
    [table, *_] = present_data(a_card(), facts).tables
    assert table.rows[0][0] == "Pigmented benign keratosis"


def test_other_sets_that_the_model_learned_from_are_named(app, client):
    context = app.extensions["skinapp.web"]
    others = {"isic2019_msk": {"training": 1605, "validation": 302, "test": 629}}
    training = context.card.training.model_copy(update={"other_images": others})
    card = context.card.model_copy(update={"training": training})
    assert "Beside them" not in client.get("/data").text
    app.extensions["skinapp.web"] = replace(context, card=card)
    assert "Other clinics: 1,605 images to train on" in client.get("/data").text


def test_data_page_shows_no_image(proven):
    assert "<img" not in proven.get("/data").text


def test_data_page_of_a_model_without_facts_says_so(client):
    page = client.get("/data")
    assert page.status_code == 200
    assert "came without figures" in page.text


def test_every_page_leads_to_the_data(client):
    assert 'href="/data"' in client.get("/").text


@pytest.mark.parametrize(
    "words", ["How groups of patients fare", "Sex: female", "700", "75.0\N{NO-BREAK SPACE}% to"]
)
def test_model_page_tells_how_groups_fare(proven, words):
    assert words in proven.get("/model").text


@pytest.mark.parametrize(
    "words", ["A checklist", "Skin colour", "missing", "Not recorded.", "1 are missing"]
)
def test_model_page_tells_what_is_missing(proven, words):
    assert words in proven.get("/model").text


def test_model_page_without_evidence_has_neither(client):
    page = client.get("/model").text
    assert "How groups of patients fare" not in page
    assert "What is known, and what is missing" not in page


def test_evidence_that_is_no_text_is_refused_with_its_name(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "clear_derm.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelRefused, match=r"clear_derm\.toml"):
        read_evidence(tmp_path / "figures")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("figures/data/facts.json", "{}"),
        ("figures/test/subgroups.json", "[1]"),
        ("clear_derm.toml", "title = "),
    ],
)
def test_evidence_that_cannot_be_read_is_refused_with_its_name(tmp_path, name, text):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    with pytest.raises(ModelRefused, match=name):
        read_evidence(tmp_path / "figures")


def test_the_shipped_model_reports_on_itself_and_says_that_skin_colour_is_missing():
    report = read_evidence(SHIPPED / "figures").self_report
    met = {item.item: item.met for part in report.parts for item in part.items}
    assert len(met) == 25
    assert met["Skin colour"] == "no"


def test_the_shipped_report_has_the_checklists_sections_and_says_whose_words_they_are():
    report = read_evidence(SHIPPED / "figures").self_report
    assert [(part.heading, len(part.items)) for part in report.parts] == [
        ("Data", 15),
        ("Technique", 4),
        ("Technical assessment", 4),
        ("Application", 2),
    ]
    assert "JAMA Dermatol. 158:90–96, 2022" in report.source
    assert "in our own words" in report.source
    assert "may differ from the paper" in report.source


def test_numbers_that_the_shipped_report_names_are_those_of_the_data():
    evidence = read_evidence(SHIPPED / "figures")
    texts = {item.item: item.text for part in evidence.self_report.parts for item in part.items}
    rarest = min(found.parts["test"] for found in evidence.data.classes)
    assert f"The rarest has {rarest} test images" in texts["Balance of the classes"]
    histo = next(each for each in evidence.data.crossings if each.attribute == "confirmation")
    confirmed = dict(zip(histo.groups, histo.counts, strict=True))["histo"]
    images = {found.code: found.images for found in evidence.data.classes}
    by_code = dict(zip(images, confirmed, strict=True))
    assert sum(confirmed) / evidence.data.images == pytest.approx(0.5, abs=0.05)
    for code in ("mel", "bcc", "akiec"):
        assert by_code[code] == images[code]
