"""How many processes and threads to serve with: the one place that decides.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Each process holds its own copy of the network: with PyTorch some 600 MB, with OpenVINO half.
MOST_WORKERS = 4
# Photos worked on side by side: while one computes, others are decoded and kept.  A photo takes up
# to 200 MB while it is decoded, so more of them would cost memory without answering sooner.
REQUEST_THREADS = 4
# Threads beside those for uploads.
SPARE_THREADS = 8


@dataclass(frozen=True, slots=True)
class Capacity:
    """Server processes, photos side by side in each, and threads with which each one computes.

    An engine that has to know beforehand computes ``streams`` photos at once in each process,
    with ``stream_threads`` each.
    """

    workers: int
    threads: int
    torch_threads: int
    streams: int = 1
    stream_threads: int = 1


def plan_capacity(cores: int, workers: int = 0, threads: int = 0) -> Capacity:
    """Share ``cores`` out; ``workers`` and ``threads`` other than 0 are taken as they are.

    From two cores on there are at least two processes: one that is killed takes down nothing
    else, and two that compute with one thread answer more in a second than one with two.
    ``workers * torch_threads`` exceeds the cores only where more workers than cores are asked for.
    """
    chosen = workers or min(cores, MOST_WORKERS)
    return Capacity(
        workers=chosen,
        threads=threads or REQUEST_THREADS,
        torch_threads=max(1, cores // chosen),
        # Two streams, because uploads don't spread evenly over the processes: one that gets two
        # of them takes the core of the other.
        streams=min(2, cores),
        stream_threads=max(1, cores // max(2, chosen)),
    )
