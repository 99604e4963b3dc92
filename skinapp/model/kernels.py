"""Which of OpenVINO's kernels compute the convolutions: those that are quicker on this processor.

OpenVINO takes the kernels that its makers expect to be the quickest.  On AMD's Zen 3, without
AVX512, the older ones take 14 to 18 % less time for these networks.  Which are the quicker is
measured when a network is converted, rather than believed of a list of processors.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

# By OpenVINO's own names, in the order in which they are taken; what a processor lacks is skipped.
_OLDER = {
    "Convolution": ("jit_avx512_1x1", "jit_avx512", "jit_avx2_1x1", "jit_avx2"),
    "GroupConvolution": ("jit_avx512_dw", "jit_avx512", "jit_avx2_dw", "jit_avx2"),
}
_ROUNDS = 8
# Below this share of the time the other kernels are taken: less may be noise.
_WORTH_IT = 0.97

# From a network's description to the compiled network.
Compile = Callable[[bytes], Any]


def prefer_older(description: bytes) -> bytes:
    """An OpenVINO model's description (XML) in which convolutions ask for the older kernels."""
    root = ET.fromstring(description)  # noqa: S314 - what OpenVINO wrote just now, no stranger's
    for layer in root.iter("layer"):
        names = _OLDER.get(layer.get("type", ""))
        if names is None:
            continue
        facts = layer.find("rt_info")
        if facts is None:
            facts = ET.Element("rt_info")
            # The schema wants it in front of the ports.
            layer.insert(1 if layer.find("data") is not None else 0, facts)
        value = ",".join(f"cpu:{name}" for name in names)
        ET.SubElement(facts, "attribute", name="primitives_priority", version="0", value=value)
    return ET.tostring(root)


def compile_quicker(description: bytes, compiled: Compile) -> tuple[Any, str]:
    """Compile with OpenVINO's kernels and with the older ones; return the quicker, and why.

    ``compiled`` compiles for one thread; the words are empty where there is no choice.
    """
    own = compiled(description)
    try:
        older = compiled(prefer_older(description))
    except RuntimeError:  # a version or a processor that knows no such names
        return own, ""
    if kernels(older) == kernels(own):
        return own, ""
    share = _share_of_time(older, own)
    words = f"OpenVINO’s older convolutions take {share:.2f} of the newer ones’ time"
    return (older if share < _WORTH_IT else own), words


def kernels(compiled: Any) -> set[str]:  # noqa: ANN401 - OpenVINO's
    """The names of the kernels that a compiled network uses."""
    nodes = (node.get_rt_info() for node in compiled.get_runtime_model().get_ops())
    return {str(facts["primitiveType"].value) for facts in nodes if "primitiveType" in facts}


def _share_of_time(one: Any, other: Any) -> float:  # noqa: ANN401 - likewise
    """How long ``one`` takes beside ``other``: of each the quickest of passes taken in turn."""
    requests = [compiled.create_infer_request() for compiled in (one, other)]
    image = np.random.default_rng(0).normal(size=one.input(0).shape).astype(np.float32)
    taken_s: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for request, found in zip(requests, taken_s, strict=True):
            begin = time.perf_counter()
            request.infer([image], share_inputs=True)
            found.append(time.perf_counter() - begin)
    return min(taken_s[0]) / min(taken_s[1])
