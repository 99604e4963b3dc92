from __future__ import annotations

from skinapp.model.card import Estimate
from skinapp.web.presenters.metric_words import (
    figure_words,
    interval_words,
    metric_words,
    network_words,
    part_words,
    point_words,
    value_words,
)

ESTIMATE = Estimate(value=0.853, low=0.84, high=0.866, n=100)


def test_rates_are_given_per_cent():
    assert value_words("sensitivity", ESTIMATE) == "85.3\N{NO-BREAK SPACE}%"


def test_areas_are_given_as_numbers():
    assert value_words("auroc", ESTIMATE) == "0.853"
    assert interval_words("auroc", ESTIMATE) == "0.840 to 0.866"


def test_unknown_metric_is_made_readable():
    assert metric_words("top_2_accuracy") == "Top 2 accuracy"


def test_unknown_part_and_figure_are_made_readable():
    assert part_words("isic2018_test") == ("Isic2018 test", "")
    assert figure_words("lift_curve") == ("Lift curve", "")


def test_operating_point_names_its_least_sensitivity():
    assert point_words("malignant_95") == "At least 95 % of malignant found"
    assert point_words("rule_out") == "Rule out"


def test_network_is_named_as_papers_write_it():
    assert network_words("efficientnet_b4") == "EfficientNet-B4"
    assert network_words("efficientnet_v2_s") == "EfficientNetV2-S"
    assert network_words("resnet50") == "ResNet-50"
    assert network_words("vit_b_16") == "ViT-B/16"
    assert network_words("other_net") == "Other net"
