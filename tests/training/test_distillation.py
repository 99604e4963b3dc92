"""Teachers that a recipe names: found, checked, and learned from, up to a served folder."""

import json

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file

from skinapp.model.card import CARD_FILE, WEIGHTS_FILE, read_card
from skinapp.training.command import main as train_command
from skinapp.training.loop import CheckpointOfAnotherRecipe, Run
from skinapp.training.network_facts import facts_of_run
from skinapp.training.recipe import Fold, Recipe, Teacher, read_recipe
from skinapp.training.splits_kept import Splits
from skinapp.training.start import starting_network
from skinapp.training.teacher_source import TeacherRefused, read_teachers
from tests.training.test_start import NOWHERE, RECIPES, scratch_recipe

CPU = torch.device("cpu")
SPLITS = Splits("home", {"elsewhere": "other"})
TAUGHT = "[teacher]\nweights = {}\ntemperature = 2.0\nshare = {}\n\n[facts]"


@pytest.fixture
def recipe(tmp_path):
    return read_recipe(scratch_recipe("small_cnn", tmp_path))


def taught(recipe, *weights, **settings):
    teacher = Teacher(weights=weights, **{"temperature": 2.0, "share": 0.5, **settings})
    return recipe.model_copy(update={"teacher": teacher})


def leave_file(recipe, folder, name, home="home", others=SPLITS.others, **changes):
    """What a run of such a recipe leaves."""
    recipe = recipe.model_copy(update={"name": name, **changes})
    run = Run(starting_network(recipe, NOWHERE), recipe, folder, CPU)
    run.save_average(facts_of_run(recipe, home, others, None))
    return f"{name}.safetensors"


def read(recipe, folder):
    return read_teachers(recipe, folder, folder, SPLITS, CPU)


@pytest.mark.parametrize(
    ("name", "teacher"),
    [
        ("ham10000-efficientnet-b0-second", "ham10000-efficientnet-b4-third"),
        ("ham10000-efficientnet-b0", "ham10000-efficientnet-b4-fold"),
        ("ham10000-efficientnet-b4", "ham10000-efficientnet-b4-fold"),
    ],
)
def test_recipe_keeps_to_the_split_of_its_teachers(name, teacher):
    small, large = (read_recipe(RECIPES / f"{each}.toml") for each in (name, teacher))
    assert {
        weights.removesuffix(".safetensors").rstrip("-012") for weights in small.teacher.weights
    } == {teacher}
    split = large.split.model_copy(update={"fold": None})
    assert (small.seed, small.split, small.leaves) == (large.seed, split, large.leaves)
    kept = {"share", "taught"}
    sets = [[each.model_dump(exclude=kept) for each in r.extra] for r in (small, large)]
    assert sets[0] == sets[1]


def test_recipe_without_teachers_needs_none(recipe):
    assert read_teachers(recipe, NOWHERE, NOWHERE, SPLITS, CPU) is None


def test_files_of_runs_on_the_same_split_teach(recipe, tmp_path):
    files = [
        leave_file(recipe, tmp_path, "fine"),
        leave_file(recipe, tmp_path, "coarse", leaves=False),
        leave_file(recipe, tmp_path, "home-only", others={}),
    ]
    found = read(taught(recipe, *files), tmp_path)
    assert [member.finer for member in found._members] == [True, False, True]
    assert len(set(found.weights_sha256)) == 3


@pytest.mark.parametrize("known", [{"home": "else"}, {"others": {"elsewhere": "moved"}}])
def test_teacher_that_may_know_the_test_lesions_is_refused(recipe, tmp_path, known):
    file = leave_file(recipe, tmp_path, "knows", **known)
    with pytest.raises(TeacherRefused, match="another split"):
        read(taught(recipe, file), tmp_path)


def test_teacher_that_does_not_say_what_it_knows_is_refused(recipe, tmp_path):
    file = leave_file(recipe, tmp_path, "silent", home="")
    with pytest.raises(TeacherRefused, match="doesn't say on which split"):
        read(taught(recipe, file), tmp_path)


def test_teacher_of_other_types_is_refused(recipe, tmp_path):
    file = leave_file(recipe, tmp_path, "other", taxonomy="isic9_cleaned", leaves=False)
    with pytest.raises(TeacherRefused, match="other types apart"):
        read(taught(recipe, file), tmp_path)


def test_teacher_with_another_normalisation_is_refused(recipe, tmp_path):
    shape = recipe.input.model_copy(update={"mean": (0.5, 0.5, 0.5)})
    file = leave_file(recipe, tmp_path, "grey", input=shape)
    with pytest.raises(TeacherRefused, match="normalised in another way"):
        read(taught(recipe, file), tmp_path)


def test_teacher_that_learned_under_another_light_is_refused(recipe, tmp_path):
    shape = recipe.input.model_copy(update={"colour_constancy": True})
    file = leave_file(recipe, tmp_path, "white", input=shape)
    with pytest.raises(TeacherRefused, match="another light"):
        read(taught(recipe, file), tmp_path)


def test_file_that_does_not_say_what_it_holds_is_refused(recipe, tmp_path):
    file = leave_file(recipe, tmp_path, "mute")
    save_file(load_file(tmp_path / file), tmp_path / file)
    with pytest.raises(TeacherRefused, match="doesn't say what network"):
        read(taught(recipe, file), tmp_path)


@pytest.mark.parametrize("name", ["no-folder", "no-file.safetensors"])
def test_missing_teacher_is_refused_by_name(recipe, tmp_path, name):
    with pytest.raises(TeacherRefused, match=name):
        read(taught(recipe, name), tmp_path)


def fold_file(recipe, folder, count, left_out):
    split = recipe.split.model_copy(update={"fold": Fold(count=count, left_out=left_out)})
    return leave_file(recipe, folder, f"fold{left_out}of{count}", split=split)


def test_teachers_of_all_folds_teach_out_of_fold(recipe, tmp_path):
    files = [fold_file(recipe, tmp_path, 2, fold) for fold in (0, 1)]
    assert read(taught(recipe, *files, folds=2), tmp_path).folds == 2


def test_fold_that_no_teacher_left_out_is_refused(recipe, tmp_path):
    files = [fold_file(recipe, tmp_path, 3, fold) for fold in (0, 1)]
    with pytest.raises(TeacherRefused, match="each of 3 folds"):
        read(taught(recipe, *files, folds=3), tmp_path)


def test_teacher_that_has_seen_every_image_does_not_teach_out_of_fold(recipe, tmp_path):
    files = [fold_file(recipe, tmp_path, 2, 0), leave_file(recipe, tmp_path, "whole")]
    with pytest.raises(TeacherRefused, match="none left out"):
        read(taught(recipe, *files, folds=2), tmp_path)


@pytest.mark.parametrize(
    ("optimiser", "folds"), [({"mixup_alpha": 0.4}, 2), ({"mixup_alpha": 0.0}, -1)]
)
def test_mixed_images_are_not_taught_out_of_fold(recipe, optimiser, folds):
    decisions = taught(recipe, "a", "b").model_dump()
    decisions["optimiser"] |= optimiser
    decisions["teacher"]["folds"] = folds
    with pytest.raises(ValidationError, match="folds"):
        Recipe.model_validate(decisions)


@pytest.mark.parametrize("folds", [0, None])
def test_a_set_is_left_to_its_labels_by_networks_of_folds_only(recipe, folds):
    decisions = taught(recipe, "a", "b").model_dump()
    clinic = {"folder": "clinic", "share": 0.1, "validation_fraction": 0.2, "test_fraction": 0.2}
    decisions["extra"] = [clinic | {"taught": False}]
    decisions["teacher"] = None if folds is None else decisions["teacher"] | {"folds": folds}
    with pytest.raises(ValidationError, match=r"extra\.taught"):
        Recipe.model_validate(decisions)


def test_fold_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="none of 4 folds"):
        Fold(count=4, left_out=4)


def one_step(recipe, folder, targets):
    run = Run(starting_network(recipe, NOWHERE), recipe, folder, CPU, teachers=read(recipe, folder))
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(2)
    images = torch.randint(0, 256, (8, 3, 32, 32), generator=generator, dtype=torch.uint8)
    run._one_step(images, torch.tensor(targets), stream=None)
    return run.network.head.weight.detach()


def test_labels_count_for_what_the_teachers_leave_of_the_loss(recipe, tmp_path):
    file = leave_file(recipe, tmp_path, "teacher", seed=9)
    wholly, partly = (taught(recipe, file, share=share) for share in (1.0, 0.5))
    some, others = [0, 1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1, 0]
    assert torch.equal(one_step(wholly, tmp_path, some), one_step(wholly, tmp_path, others))
    assert not torch.equal(one_step(partly, tmp_path, some), one_step(partly, tmp_path, others))


def test_run_goes_on_with_the_teachers_that_it_began_with_only(recipe, tmp_path):
    pupil = taught(recipe, leave_file(recipe, tmp_path, "teacher", seed=9))
    network = starting_network(recipe, NOWHERE)
    Run(network, pupil, tmp_path, CPU, teachers=read(pupil, tmp_path)).save()
    assert Run(network, pupil, tmp_path, CPU, teachers=read(pupil, tmp_path)).resume()
    leave_file(recipe, tmp_path, "teacher", seed=10)
    with pytest.raises(CheckpointOfAnotherRecipe, match="other teachers"):
        Run(network, pupil, tmp_path, CPU, teachers=read(pupil, tmp_path)).resume()


def test_checkpoint_from_before_there_were_teachers_is_resumed(recipe, tmp_path):
    run = Run(starting_network(recipe, NOWHERE), recipe, tmp_path, CPU)
    run.save()
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    del state["teachers"]
    torch.save(state, tmp_path / "checkpoint.pt")
    assert run.resume()


def test_model_folder_and_file_teach_a_network_that_is_served(data_set, tmp_path, capsys):
    weights, first = tmp_path / "weights", tmp_path / "first"
    data = ["--data", str(data_set), "--out", str(weights), "--teachers", str(weights)]
    teacher = str(scratch_recipe("small_cnn", tmp_path))
    assert train_command(["--recipe", teacher, *data, "--work", str(first)]) == 0
    card = read_card(weights / "scratch")
    assert len(card.training.split_sha256) == 64

    both = TAUGHT.format('["scratch", "scratch.safetensors"]\nsymmetries = 2', 0.7)
    mixed = {"clip_norm = 5.0": "clip_norm = 5.0\nmixup_alpha = 0.4"}
    names = {'name = "comparison-small-cnn"': 'name = "pupil"', "[facts]": both}
    pupil = str(scratch_recipe("small_cnn", tmp_path, **names, **mixed))
    run = ["--recipe", pupil, *data, "--work", str(tmp_path / "w"), "--pretrained", str(first)]
    assert train_command(run) == 0
    learned = read_card(weights / "pupil")
    assert learned.training.split_sha256 == card.training.split_sha256

    # A card that does not say on which split is no proof.
    folder = weights / "scratch"
    facts = json.loads((folder / CARD_FILE).read_text())
    facts["training"]["split_sha256"] = ""
    (folder / CARD_FILE).write_text(json.dumps(facts))
    assert train_command(run) == 2
    assert (weights / "pupil" / WEIGHTS_FILE).is_file()
    told = capsys.readouterr()
    assert "teacher scratch can't be one: it doesn't say on which split" in told.err
    assert "resuming" not in told.out
