"""What metrics, parts, figures and networks are called."""

from __future__ import annotations

import re

from skinapp.model.card import Estimate
from skinapp.web.presenters.percent import measured_percent

_METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_precision": "Precision, mean over classes",
    "macro_recall": "Recall, mean over classes",
    "macro_f1": "F1 score, mean over classes",
    "macro_auroc": "AUROC, mean over classes",
    "malignant_auroc": "AUROC, malignant against benign",
    "malignant_sensitivity": "Sensitivity for malignant, at the threshold in use",
    "malignant_specificity": "Specificity for malignant, at the threshold in use",
    "expected_calibration_error": "Expected calibration error",
    "malignant_calibration_error": "Calibration error of the malignant probability",
    "kept_by_novelty": "Recognised as a dermoscopic photo",
    "deletion_gap": "Deletion test: extra fall against random areas",
    "deletion_gap_to_centre": "Deletion test: extra fall against the middle of the picture",
    "insertion_gap": "Insertion test: extra rise against random areas",
    "insertion_gap_to_centre": "Insertion test: extra rise against the middle of the picture",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1 score",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "auroc": "AUROC",
    "calibration_error": "Calibration error",
}
# Rates of images are given per cent; areas, scores and errors as plain numbers.
_PER_CENT = frozenset(
    {
        "accuracy",
        "balanced_accuracy",
        "sensitivity",
        "specificity",
        "malignant_sensitivity",
        "malignant_specificity",
        "kept_by_novelty",
    }
)

_PARTS = {
    "test": (
        "Test part",
        "Images that nothing was trained or chosen on: the figures to go by.",
    ),
    "validation": (
        "Validation part",
        "Input size, calibration and thresholds were chosen on these images, so its figures may "
        "flatter: go by the test part.",
    ),
    "training": ("Training", ""),
    "isic2018_validation": (
        "ISIC 2018 challenge, validation images",
        "The same clinics, other lesions. Few images: a check of the whole path.",
    ),
    "isic2019_msk_validation": (
        "Other clinics, validation part",
        "Images of other clinics (MSK, UDA), three classes only, on which recipes were compared.",
    ),
    "isic2019_msk": (
        "Other clinics",
        "Dermoscopic images of other clinics (MSK, UDA), three classes only. None of these images, "
        "nor a near-duplicate of one, was trained on, but others of the same clinics were.",
    ),
}

_NETWORKS = {
    "resnet50": "ResNet-50",
    "small_cnn": "Small convolutional network",
    "vgg16": "VGG-16",
    "vit_b_16": "ViT-B/16",
}

_FIGURES = {
    "confusion_matrix": (
        "Confusion matrix",
        "How often each true class was named as which class",
    ),
    "roc": ("ROC curves", "Sensitivity against false alarms for each class, over all thresholds"),
    "reliability": (
        "Reliability",
        "How often the most probable type was right against how probable it was said to be",
    ),
    "reliability_by_class": (
        "Reliability by lesion type",
        "How often each type was the true one against how probable it was said to be; each with "
        "its calibration error, and points of five images or more",
    ),
    "deletion": (
        "Deletion test",
        "How fast the probability falls when the most highlighted area is blurred, and rises when "
        "it is given back, against the middle of the picture and against random areas",
    ),
    "robustness": (
        "Robustness",
        "Balanced accuracy and calibration against the strength of rotation, compression, blur, "
        "brightness, white balance, hairs and ruler marks",
    ),
    "subgroups": (
        "Subgroups",
        "The figures by age, sex, body site and way of confirmation, with their numbers of images",
    ),
    "training_curves": ("Training curves", "Loss and accuracy against the images seen in training"),
}


def metric_words(name: str) -> str:
    """Return a metric's name in words; an unknown one is made readable."""
    return _METRICS.get(name) or humanise(name)


def point_words(name: str) -> str:
    """Return an operating point's name in words: ``malignant_95`` names its least sensitivity."""
    match = re.fullmatch(r"malignant_(\d+)", name)
    return f"At least {match[1]} % of malignant found" if match else humanise(name)


def network_words(architecture: str) -> str:
    """Return a network's name as papers write it: ``efficientnet_b4`` is EfficientNet-B4."""
    if match := re.fullmatch(r"efficientnet_b(\d)", architecture):
        return f"EfficientNet-B{match[1]}"
    if match := re.fullmatch(r"efficientnet_v2_([sml])", architecture):
        return f"EfficientNetV2-{match[1].upper()}"
    return _NETWORKS.get(architecture) or humanise(architecture)


def part_words(part: str) -> tuple[str, str]:
    """Return a part's heading and what to know of it."""
    return _PARTS.get(part) or (humanise(part), "")


def figure_words(name: str) -> tuple[str, str]:
    """Return a figure's heading and what it shows."""
    return _FIGURES.get(name) or (humanise(name), "")


def value_words(name: str, estimate: Estimate) -> str:
    """Return a measured value in the unit that suits its metric."""
    return _number(name, estimate.value)


def interval_words(name: str, estimate: Estimate) -> str:
    """Return the 95 % interval, as in "0.91 to 0.95"."""
    return f"{_number(name, estimate.low)} to {_number(name, estimate.high)}"


def humanise(name: str) -> str:
    """Make a name of code readable: ``top_2_accuracy`` becomes "Top 2 accuracy"."""
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


def _number(name: str, value: float) -> str:
    return measured_percent(value) if name in _PER_CENT else f"{value:.3f}"
