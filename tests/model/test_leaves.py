"""Leaves sum up to classes, and the map of a class is that of its leaves."""

import numpy as np
import torch

from skinapp.model.calibration import Calibration, softmax
from skinapp.model.leaves import (
    class_logits,
    class_probabilities,
    class_weights,
    leaf_probabilities,
)

OWNERS = [0, 0, 1, 2]


def test_class_probability_is_the_sum_of_its_leaves():
    leaves = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    ours = softmax(class_logits(leaves, OWNERS))
    theirs = softmax(leaves)
    np.testing.assert_allclose(ours[:, 0], theirs[:, 0] + theirs[:, 1], atol=1e-6)
    np.testing.assert_allclose(ours[:, 1:], theirs[:, 2:], atol=1e-6)


def test_leaves_share_out_the_calibrated_probability_of_their_class():
    outputs = np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32)
    calibration = Calibration(0.7, (0.5, -0.25, 0.0))
    leaves = leaf_probabilities(outputs, OWNERS, calibration)
    classes = class_probabilities(outputs, OWNERS, calibration)
    np.testing.assert_allclose(leaves[:, 0] + leaves[:, 1], classes[:, 0], atol=1e-6)
    np.testing.assert_allclose(leaves[:, 2:], classes[:, 1:], atol=1e-6)
    np.testing.assert_allclose(
        leaves[:, 0] / leaves[:, 1], np.exp(outputs[:, 0] - outputs[:, 1]), rtol=1e-5
    )


def test_network_without_leaves_keeps_its_logits():
    logits = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_array_equal(class_logits(logits, range(4)), logits)


def test_class_weights_are_the_gradient_of_the_class_logit():
    torch.manual_seed(2)
    head = torch.randn(4, 6)
    embedding = torch.randn(6, requires_grad=True)
    leaves = head @ embedding
    torch.logsumexp(leaves[:2], 0).backward()
    ours = class_weights(head.numpy(), leaves.detach().numpy(), OWNERS, 0)
    np.testing.assert_allclose(ours, embedding.grad.numpy(), atol=1e-5)
