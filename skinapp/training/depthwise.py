"""Depthwise convolutions whose gradients are quick on a CPU.

oneDNN has fast kernels for the gradients of 3x3 depthwise convolutions, but not for 5x5 filters
(weights) nor for strides (input): there one layer can cost more than the rest of its block
together, 30 to 100 times what its forward pass costs.  Both gradients can be said with the
operations that are fast, exactly:

- A 5x5 weight gradient is put together from four 3x3 ones, each over the input shifted by 0 or 2
  rows and columns; they overlap in the middle row and column, where both say the same.
- The input gradient of a convolution with stride s is the stride-1 convolution of the output
  gradient, spread out with s - 1 zeros between its values, with the filters turned by half a turn
  (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, section 4.6).
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional

_WINDOW = 3  # the filter size that oneDNN is quick with
_QUICK_SIZES = (3, 5)


def speed_up_depthwise(network: nn.Module) -> int:
    """Give the depthwise convolutions of a network the quick gradients; return how many.

    Parameters keep their names and values, and the forward pass stays what it is.
    """
    found = [module for module in network.modules() if _is_eligible(module)]
    for module in found:
        module.__class__ = _QuickDepthwise
    return len(found)


def _is_eligible(module: nn.Module) -> bool:
    return (
        type(module) is nn.Conv2d
        and module.groups == module.in_channels == module.out_channels > 1
        and module.kernel_size[0] == module.kernel_size[1]
        and module.kernel_size[0] in _QUICK_SIZES
        and module.padding == (module.kernel_size[0] // 2,) * 2
        and module.stride[0] == module.stride[1]
        and module.dilation == (1, 1)
        and module.bias is None
    )


class _QuickDepthwise(nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:  # the name nn.Conv2d gives it
        weight = self.weight.to(input.dtype)
        output = _DepthwiseFunction.apply(  # type: ignore[no-untyped-call]  # as torch has it
            input, weight, self.stride[0]
        )
        return cast(Tensor, output)


class _Saved(FunctionCtx):
    """What the forward pass leaves for the backward pass."""

    saved_tensors: tuple[Tensor, Tensor]
    needs_input_grad: tuple[bool, bool, bool]
    stride: int


class _DepthwiseFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: _Saved, images: Tensor, weight: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.stride = stride
        size = weight.shape[-1]
        return functional.conv2d(
            images, weight, stride=stride, padding=size // 2, groups=weight.shape[0]
        )

    @staticmethod
    def backward(ctx: _Saved, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        images, weight = ctx.saved_tensors
        gradient = gradients[0].contiguous(memory_format=torch.channels_last)
        to_images = to_weight = None
        if ctx.needs_input_grad[0]:
            size_px = (images.shape[2], images.shape[3])
            to_images = _input_gradient(gradient, weight, size_px, ctx.stride)
        if ctx.needs_input_grad[1]:
            to_weight = _weight_gradient(gradient, images, weight.shape[-1], ctx.stride)
        return to_images, to_weight, None


def _input_gradient(
    gradient: Tensor, weight: Tensor, size_px: tuple[int, int], stride: int
) -> Tensor:
    if stride > 1:
        spread = torch.empty(
            (*gradient.shape[:2], *size_px),
            dtype=gradient.dtype,
            device=gradient.device,
            memory_format=torch.channels_last,
        ).zero_()
        spread[:, :, ::stride, ::stride] = gradient
        gradient = spread
    return functional.conv2d(
        gradient, weight.flip(2, 3), padding=weight.shape[-1] // 2, groups=weight.shape[0]
    )


def _weight_gradient(gradient: Tensor, images: Tensor, size: int, stride: int) -> Tensor:
    channels = images.shape[1]
    around = size // 2
    padded = functional.pad(images, (around,) * 4)
    rows = (gradient.shape[2] - 1) * stride + _WINDOW
    columns = (gradient.shape[3] - 1) * stride + _WINDOW
    result = gradient.new_empty(channels, 1, size, size)
    window = gradient.new_empty(channels, 1, _WINDOW, _WINDOW)
    for top in range(0, size - _WINDOW + 1, 2):
        for left in range(0, size - _WINDOW + 1, 2):
            seen = padded[:, :, top : top + rows, left : left + columns].contiguous(
                memory_format=torch.channels_last
            )
            result[:, :, top : top + _WINDOW, left : left + _WINDOW] = (
                torch.ops.aten.convolution_backward(
                    gradient,
                    seen,
                    window,
                    None,
                    [stride] * 2,
                    [0, 0],
                    [1, 1],
                    False,
                    [0, 0],
                    channels,
                    [False, True, False],
                )[1]
            )
    return result
