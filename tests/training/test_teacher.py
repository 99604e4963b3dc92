"""What a network is told by trained ones: Hinton's loss, by view, by class and by fold."""

import numpy as np
import pytest
import torch

from skinapp.domain.lesions import outputs_of
from skinapp.model.calibration import softmax
from skinapp.model.heads import Network, NetworkOutput
from skinapp.model.leaves import class_logits
from skinapp.training.folds import UNTAUGHT
from skinapp.training.recipe import Fold, Teacher
from skinapp.training.teacher import TeacherEnsemble, TeacherNetwork, symmetric_views

CLASSES = (0, 1, 2)
LEAVES = (0, 0, 1, 2)
SIDE_PX = 4
IMAGES = 6
SHARE = 0.5


class CornerNetwork(Network):
    """Its answer is a linear map of the upper left pixel."""

    def __init__(self, outputs, seed):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        weight = 3 * torch.randn(outputs, 3, generator=generator)
        self.weight = torch.nn.Parameter(weight)

    def forward(self, images):
        # Multiplied and added, because a matrix product is rounded to bfloat16 on some machines.
        logits = (images[:, None, :, 0, 0] * self.weight).sum(dim=2)
        return NetworkOutput(logits, images[:, :, 0, 0], images)

    @property
    def stages(self):
        return []

    @property
    def head_weights(self):
        return self.weight


def teacher(class_of_output=CLASSES, seed=1, fold=None):
    network = CornerNetwork(len(class_of_output), seed)
    return TeacherNetwork(network, class_of_output, fold, f"sha of {seed}")


def ensemble(*members, learner=CLASSES, temperature=1.0, **settings):
    settings = Teacher(weights=("any",), temperature=temperature, share=SHARE, **settings)
    return TeacherEnsemble(members, settings, learner, torch.device("cpu"))


def taught(teachers, batch, logits, folds=None):
    """What the teachers add to the mean loss, where the labels add nothing."""
    return teachers.losses(torch.zeros(len(batch)), batch, logits, folds).mean() / SHARE


def answers(member, batch):
    return member.network(batch).logits.detach().numpy()


def divergence(target, probabilities):
    return (target * np.log(target / probabilities)).sum(axis=1)


@pytest.fixture
def batch():
    return torch.randn(IMAGES, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(5))


@pytest.fixture
def logits():
    return torch.randn(IMAGES, 3, generator=torch.Generator().manual_seed(6))


def test_network_that_answers_as_its_teacher_has_nothing_to_learn(batch):
    one = teacher()
    own = torch.from_numpy(answers(one, batch)).requires_grad_()
    loss = taught(ensemble(one, temperature=2.0), batch, own)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert own.grad.abs().max() < 1e-6


def test_loss_is_the_divergence_from_the_softened_mean_times_temperature_squared(batch, logits):
    one, two = teacher(seed=1), teacher(seed=2)
    mean = (softmax(answers(one, batch) / 3.0) + softmax(answers(two, batch) / 3.0)) / 2
    expected = 9 * divergence(mean, softmax(logits.numpy() / 3.0)).mean()
    found = taught(ensemble(one, two, temperature=3.0), batch, logits)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_the_network_learns_and_its_teacher_does_not(batch, logits):
    one = teacher()
    taught(ensemble(one), batch, logits.requires_grad_()).backward()
    assert logits.grad.abs().max() > 0
    assert not one.network.training
    assert one.network.weight.grad is None


def test_leaves_are_summed_where_the_teacher_knows_classes_only(batch):
    own = torch.randn(IMAGES, len(LEAVES), generator=torch.Generator().manual_seed(7))
    one = teacher(CLASSES)
    of_classes = softmax(class_logits(own.numpy(), LEAVES) / 2.0)
    expected = 4 * divergence(softmax(answers(one, batch) / 2.0), of_classes).mean()
    found = taught(ensemble(one, learner=LEAVES, temperature=2.0), batch, own)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_teachers_leaves_are_summed_where_the_network_knows_classes_only(batch, logits):
    one = teacher(LEAVES)
    target = softmax(class_logits(answers(one, batch), LEAVES))
    expected = divergence(target, softmax(logits.numpy())).mean()
    assert taught(ensemble(one), batch, logits).item() == pytest.approx(expected, rel=1e-4)


def test_teachers_of_leaves_and_of_classes_count_alike(batch):
    own = torch.randn(IMAGES, len(LEAVES), generator=torch.Generator().manual_seed(8))
    fine, coarse = teacher(LEAVES, 1), teacher(CLASSES, 2)
    alone = [taught(ensemble(each, learner=LEAVES), batch, own) for each in (fine, coarse)]
    together = taught(ensemble(fine, coarse, learner=LEAVES), batch, own)
    assert together.item() == pytest.approx(sum(alone).item() / 2, rel=1e-5)


def test_an_image_is_taught_only_by_those_that_have_not_trained_on_it(batch, logits):
    one, two = (teacher(seed=k + 1, fold=Fold(count=2, left_out=k)) for k in (0, 1))
    folds = torch.tensor([0, 1, 1, 0, 1, 1])
    target = np.where(
        folds.numpy()[:, None] == 0,
        softmax(answers(one, batch)),
        softmax(answers(two, batch)),
    )
    expected = divergence(target, softmax(logits.numpy())).mean()
    found = taught(ensemble(one, two, folds=2), batch, logits, folds)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_an_image_that_no_network_teaches_is_told_by_its_label_alone(batch, logits):
    members = [teacher(seed=k + 1, fold=Fold(count=2, left_out=k)) for k in (0, 1)]
    folds = torch.tensor([0, UNTAUGHT, 1, UNTAUGHT, 1, 0])
    labels = torch.arange(1.0, IMAGES + 1)
    found = ensemble(*members, folds=2).losses(labels, batch, logits, folds)
    own = softmax(logits.numpy())
    expected = [
        label if fold == UNTAUGHT else (1 - SHARE) * label + SHARE * from_teacher
        for label, fold, from_teacher in zip(
            labels.tolist(),
            folds.tolist(),
            np.where(
                folds.numpy() == 0,
                *(divergence(softmax(answers(member, batch)), own) for member in members),
            ),
            strict=True,
        )
    ]
    assert found.tolist() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("number", [2, 8])
def test_answers_are_averaged_over_the_symmetries_of_the_view(batch, logits, number):
    one = teacher()
    last = SIDE_PX - 1
    seen = [(0, 0), (0, last), (last, 0), (last, last)][: 2 if number == 2 else 4]
    weight = one.network.weight.detach().numpy()
    mean = np.mean(
        [softmax(batch[:, :, row, column].numpy() @ weight.T) for row, column in seen], axis=0
    )
    expected = divergence(mean, softmax(logits.numpy())).mean()
    found = taught(ensemble(one, symmetries=number), batch, logits)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_a_square_has_eight_symmetries(batch):
    views = [view.contiguous().numpy().tobytes() for view in symmetric_views(batch, 8)]
    assert len(set(views)) == 8
    assert views[0] == batch.numpy().tobytes()


def test_finer_diagnoses_of_the_taxonomy_are_leaves():
    codes = [leaf.class_code for leaf in outputs_of("ham10000", leaves=True)]
    order = list(dict.fromkeys(codes))
    assert teacher(tuple(order.index(code) for code in codes)).finer
    assert not teacher(tuple(range(7))).finer
