"""What a long load is judged by: lines that an outlier does not move, and losses with a reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.processes import Holding
from benchmarks.soak_report import FINE, report
from benchmarks.soak_visitors import ACTS, Findings, Loss, Standstill, to_blame

SECONDS = 1000.0
REQUESTS_PER_S = 10.0


def _flat(_done: float) -> float:
    return 600.0


def a_soak(
    memory_mb: Callable[[float], float] = _flat,
    descriptors: Callable[[float], float] = lambda _: 40,
    wait_s: Callable[[float], float] = lambda _: 0.2,
) -> Findings:
    """A run sampled 200 times; each quantity by how many requests were done."""
    findings = Findings()
    findings.statuses_of["photo"][303] = 7000
    findings.statuses_of["page"][200] = 3000
    for number in range(200):
        when = number * SECONDS / 200
        done = round(when * REQUESTS_PER_S)
        held = Holding(900.0, memory_mb(done), 350.0, round(descriptors(done)), 30)
        findings.samples.append((when, done, held))
    for number in range(2000):
        when = number * SECONDS / 2000
        findings.answers.append((when, wait_s(when * REQUESTS_PER_S)))
    return findings


def _verdicts(findings: Findings, workers_that_died: int = 0) -> dict[str, str]:
    found = report(findings, seconds=SECONDS, workers_that_died=workers_that_died)
    return dict(found["verdicts"])


def test_a_server_that_keeps_as_it_is_holds_every_bound():
    assert set(_verdicts(a_soak()).values()) == {"held"}


def test_memory_that_grows_with_each_request_breaks_its_bound():
    found = report(a_soak(lambda done: 600 + done * 2 / 1000), seconds=SECONDS, workers_that_died=0)
    assert found["memory_mb_per_1000_requests"] == pytest.approx([2, 2, 2])
    assert found["verdicts"]["memory"] == "broken"


def test_memory_that_only_fills_in_the_first_quarter_is_flat():
    assert _verdicts(a_soak(lambda done: 400 + min(done, 2400) / 10))["memory"] == "held"


def test_one_large_photo_while_a_sample_is_taken_moves_nothing():
    assert _verdicts(a_soak(lambda done: 900 if done == 9900 else 600))["memory"] == "held"


def test_memory_that_swings_more_than_it_grows_is_undecided():
    def swinging(done: float) -> float:
        return 600 + 40 * ((done // 650) % 2) + done / 1000

    assert _verdicts(a_soak(swinging))["memory"] == "undecided"


def test_descriptors_that_get_lost_break_their_bound():
    assert _verdicts(a_soak(descriptors=lambda done: 40 + done / 200))["descriptors"] == "broken"


def test_answers_that_take_ever_longer_break_their_bound():
    assert _verdicts(a_soak(wait_s=lambda done: 0.2 + done / 20_000))["p99"] == "broken"


def test_a_run_that_is_too_short_is_refused():
    findings = a_soak()
    del findings.samples[:-7]
    with pytest.raises(ValueError, match="8 samples"):
        report(findings, seconds=SECONDS, workers_that_died=0)


def test_a_run_that_ends_while_pools_still_fill_is_refused():
    findings = a_soak()
    findings.samples = [(when, done // 25, held) for when, done, held in findings.samples]
    with pytest.raises(ValueError, match="8 samples"):
        report(findings, seconds=SECONDS, workers_that_died=0)


def _loss(act: str = "photo", idle_s: float = 0.1, *, timed_out: bool = False) -> Loss:
    return Loss(act, 500.0, 501.0, idle_s, "ConnectionResetError", timed_out)


@pytest.mark.parametrize(
    ("loss", "standstills", "blamed"),
    [
        (_loss(), [], "server"),
        (_loss(idle_s=10.5), [], "idle"),
        (_loss("hostile"), [], "hostile"),
        (_loss(), [Standstill(495.0, 500.5)], "machine"),
        (_loss(), [Standstill(495.0, 499.0)], "server"),
        (_loss(idle_s=10.5, timed_out=True), [], "server"),
        (_loss("hostile", timed_out=True), [], "server"),
    ],
)
def test_the_server_is_blamed_unless_there_is_another_reason(loss, standstills, blamed):
    assert to_blame(loss, standstills) == blamed


def test_a_connection_that_the_server_lost_is_harm_and_an_idle_one_is_not():
    findings = a_soak()
    findings.losses.append(_loss(idle_s=10.5))
    assert _verdicts(findings)["harm"] == "held"
    findings.losses.append(_loss())
    assert _verdicts(findings)["harm"] == "broken"


@pytest.mark.parametrize(
    ("act", "status"),
    [
        *((act, 500) for act in FINE),
        *(("photo", status) for status in (200, 400, 404, 413, 422)),
        *((act, status) for act in ("page", "delete") for status in (400, 404)),
        ("hostile", 404),
        ("start", 303),
        ("probe", 404),
    ],
)
def test_an_answer_that_an_act_may_not_get_is_harm(act: str, status: int):
    findings = a_soak()
    findings.statuses_of[act][status] = 1
    assert _verdicts(findings)["harm"] == "broken"


@pytest.mark.parametrize(
    ("act", "status"),
    [
        *((act, 503) for act in FINE),
        *(("hostile", status) for status in (303, 400, 413, 422)),
        ("start", 200),
        ("delete", 303),
        ("probe", 200),
    ],
)
def test_an_answer_that_an_act_may_get_is_no_harm(act: str, status: int):
    findings = a_soak()
    findings.statuses_of[act][status] = 1
    assert _verdicts(findings)["harm"] == "held"


def test_answers_are_told_of_all_acts_and_of_each():
    findings = a_soak()
    findings.statuses_of["probe"][200] = 5
    found = report(findings, seconds=SECONDS, workers_that_died=0)
    assert found["statuses"] == {"200": 3005, "303": 7000}
    assert found["statuses_of"] == {
        "photo": {"303": 7000},
        "page": {"200": 3000},
        "probe": {"200": 5},
    }


def test_what_a_visitor_does_is_what_the_report_judges():
    assert {*ACTS, "start"} == set(FINE)


def test_a_worker_that_died_is_harm():
    assert _verdicts(a_soak(), workers_that_died=1)["harm"] == "broken"
