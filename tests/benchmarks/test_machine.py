from __future__ import annotations

import pytest

from benchmarks.machine import arithmetic
from benchmarks.performance_tables import machine_line
from tests.benchmarks.test_tables import MACHINE


@pytest.mark.parametrize(
    ("told", "line"), [([], "of AMD EPYC, 25.3 GB"), (["AVX2"], "of AMD EPYC (AVX2), 25.3 GB")]
)
def test_the_machine_is_told_with_what_it_computes_with(told: list[str], line: str):
    assert line in machine_line({"machine": MACHINE | {"arithmetic": told}})


def test_arithmetic_is_read_from_what_linux_knows_of_the_processor():
    x86 = "model name\t: Some\nflags\t\t: fpu avx2 avx512f avx512_bf16\n"
    arm = "Features\t: fp asimd bf16\n"
    assert arithmetic(x86) == ["AVX2", "AVX512", "bfloat16"]
    assert arithmetic(arm) == ["NEON", "bfloat16"]
    assert arithmetic("model name\t: Some\n") == []
