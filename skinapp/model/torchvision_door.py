"""The only door to torchvision.

The x86-64 torchvision wheel is compiled against CUDA.  Beside a CPU-only torch its C++ operators
do not load and ``import torchvision`` fails with ``operator torchvision::nms does not exist``.
skinapp uses none of these operators, so where the extension does not load, and only there, their
schemas are declared before the import.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
from pathlib import Path

import torch

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def _extension_path() -> str | None:
    package = importlib.util.find_spec("torchvision")
    if package is None or package.origin is None:
        return None
    for suffix in [*importlib.machinery.EXTENSION_SUFFIXES, ".so", ".pyd"]:
        candidate = Path(package.origin).with_name(f"_C{suffix}")
        if candidate.is_file():
            return str(candidate)
    return None


def _extension_loads() -> bool:
    path = _extension_path()
    if path is None:
        return False
    with contextlib.suppress(OSError):
        torch.ops.load_library(path)  # type: ignore[no-untyped-call]  # torch has no types here
    return hasattr(torch.ops.torchvision, "nms")


# Held for the life of the process: the schemas vanish with the fragment.
_fragment: torch.library.Library | None = None
if not _extension_loads():
    _fragment = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # likewise
    for _name in ("nms", "qnms"):
        _fragment.define(f"{_name}{_SCHEMA}")  # type: ignore[no-untyped-call]  # likewise

from torchvision import models, transforms  # noqa: E402 - the schemas have to exist before this import
from torchvision.models.resnet import Bottleneck  # noqa: E402 - likewise
from torchvision.models.vision_transformer import EncoderBlock, VisionTransformer  # noqa: E402 - likewise
from torchvision.transforms.v2 import functional  # noqa: E402 - likewise

__all__ = [
    "Bottleneck",
    "EncoderBlock",
    "VisionTransformer",
    "functional",
    "models",
    "transforms",
]
