"""What one step of training does: how fast, how far, and what is averaged."""

import math

import pytest
import torch

from skinapp.evaluation.labels import read_labelled_images
from skinapp.training.average import MovingAverage
from skinapp.training.data import ViewStream
from skinapp.training.loop import Run, Validation
from skinapp.training.recipe import read_recipe
from skinapp.training.start import starting_network
from tests.training.conftest import CODES, pool_of
from tests.training.test_start import NOWHERE, scratch_recipe


@pytest.fixture
def new_run(tmp_path):
    """Makes runs of the small network with some of the optimiser's settings changed."""
    recipe = read_recipe(scratch_recipe("small_cnn", tmp_path))

    def new_run(**settings):
        optimiser = recipe.optimiser.model_copy(update=settings)
        changed = recipe.model_copy(update={"optimiser": optimiser})
        return Run(starting_network(changed, NOWHERE), changed, tmp_path, torch.device("cpu"))

    return new_run


def take_step(run):
    """One step on the same four squares each time, with the same dropout."""
    torch.manual_seed(5)
    squares = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    run._one_step(squares, torch.tensor([0, 1, 2, 3]), stream=None)


def weights_of(network):
    return torch.cat([p.detach().flatten().clone() for p in network.parameters()])


@pytest.mark.parametrize(
    ("step", "factor"),
    [
        (0, 0.5),
        (1, 1.0),
        (2, 1.0),
        (4, 0.5 + math.sqrt(0.125)),
        (6, 0.5),
        (8, 0.5 - math.sqrt(0.125)),
        (10, 0.0),
        (11, 0.0),
    ],
)
def test_rate_rises_in_a_line_to_its_peak_and_falls_as_half_a_cosine(new_run, step, factor):
    run = new_run(learning_rate=1e-3, head_multiplier=3.0, warmup_fraction=0.2, decay_steps=10)
    run.step = step
    take_step(run)
    rates = [group["lr"] for group in run.optimiser.param_groups]
    assert sorted(set(rates)) == pytest.approx(sorted({1e-3 * factor, 3e-3 * factor}), abs=1e-12)


def test_nothing_is_learned_after_the_last_step_of_the_decay(new_run):
    run = new_run(decay_steps=10)
    run.step = 10
    before = weights_of(run.network)
    take_step(run)
    assert torch.equal(weights_of(run.network), before)


def gradients_of_a_step(run, factor=1.0):
    """What the optimiser is given, where the loss's gradients are so many times as large."""
    seen = []

    def look(optimiser, *_):
        groups = optimiser.param_groups
        seen.extend(p.grad.flatten().clone() for group in groups for p in group["params"])

    for parameter in run.network.parameters():
        parameter.register_hook(lambda gradient: gradient * factor)
    run.optimiser.register_step_pre_hook(look)
    take_step(run)
    return torch.cat(seen)


def test_huge_gradient_is_shortened_to_the_recipes_norm_and_keeps_its_direction(new_run):
    whole = gradients_of_a_step(new_run(clip_norm=1e12), factor=1e6)
    clipped = gradients_of_a_step(new_run(clip_norm=0.5), factor=1e6)
    assert whole.norm() > 1e5
    assert clipped.norm().item() == pytest.approx(0.5, rel=1e-4)
    assert torch.allclose(clipped, whole * 0.5 / whole.norm(), atol=1e-6)


def test_gradient_below_the_norm_is_left_as_it_is(new_run):
    whole, left = (gradients_of_a_step(new_run(clip_norm=norm)) for norm in (1e12, 1e6))
    assert torch.equal(whole, left)


def test_average_follows_a_changing_network_and_soon_forgets_where_it_began():
    network = torch.nn.BatchNorm1d(1)
    network.running_mean.zero_()
    network.weight.data.zero_()
    average = MovingAverage(network, 0.9)
    # Kept are 1 in 10 of what was at step 0, 2 in 11 at step 1, and 9 in 10 from step 80 on.
    for step, value, expected in ((0, 10.0, 9.0), (1, 20.0, 18.0), (1000, 28.0, 19.0)):
        network.running_mean.fill_(value)
        network.weight.data.fill_(-value)
        average.update(network, step)
        assert average.network.running_mean.item() == pytest.approx(expected)
        assert average.network.weight.item() == pytest.approx(-expected)


@pytest.mark.parametrize(("step", "kept"), [(0, 0.1), (5000, 0.75)])
def test_each_step_moves_the_average_by_the_recipes_decay(new_run, step, kept):
    run = new_run(ema_decay=0.75, learning_rate=0.01, warmup_fraction=0.0, decay_steps=10_000)
    run.step = step
    before = weights_of(run.network)
    take_step(run)
    after = weights_of(run.network)
    assert (after - before).abs().max() > 1e-4
    expected = kept * before + (1 - kept) * after
    assert torch.allclose(weights_of(run.average.network), expected, atol=1e-7)


def test_the_average_is_validated_and_not_the_last_weights(new_run, data_set):
    seen = []

    def validate(network):
        seen.append(network)
        return Validation(loss=1.0, accuracy=0.5, balanced_accuracy=0.5)

    run = new_run()
    images = read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES)
    run.train(ViewStream([pool_of(images)], run.recipe), validate, workers=0)
    assert seen == [run.average.network]
