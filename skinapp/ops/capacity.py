"""How many processes and threads to serve with: the one place that decides.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Each process holds its own copy of the network: with PyTorch some 600 MB, with OpenVINO half.
MOST_WORKERS = 4
# Photos worked on side by side: while one computes, others are decoded and kept.  A photo takes up
# to 200 MB while it is decoded, so more of them would cost memory without answering sooner.
REQUEST_THREADS = 4
# With a GPU one process stands for the most that there are without, and for their photos: what is
# side by side here is what can get into one batch.
GPU_REQUEST_THREADS = MOST_WORKERS * REQUEST_THREADS
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


def photos_at_once(threads: int = 0, *, on_gpu: bool = False) -> int:
    """Photos that one process works on side by side; ``threads`` other than 0 is taken as it is."""
    return threads or (GPU_REQUEST_THREADS if on_gpu else REQUEST_THREADS)


def plan_capacity(
    cores: int, workers: int = 0, threads: int = 0, *, on_gpu: bool = False
) -> Capacity:
    """Share ``cores`` out; ``workers`` and ``threads`` other than 0 are taken as they are.

    From two cores on there are at least two processes: one that is killed takes down nothing
    else, and two that compute with one thread answer more in a second than one with two.
    ``workers * torch_threads`` exceeds the cores only where more workers than cores are asked for.
    On a GPU there is one process: each would hold its own copy of the network there, and photos of
    two processes never share a batch.  The cores then decode photos side by side, so each photo
    gets its part of them.
    """
    chosen = workers or (1 if on_gpu else min(cores, MOST_WORKERS))
    photos = photos_at_once(threads, on_gpu=on_gpu)
    return Capacity(
        workers=chosen,
        threads=photos,
        torch_threads=max(1, cores // (chosen * photos if on_gpu else chosen)),
        # Two streams, because uploads don't spread evenly over the processes: one that gets two
        # of them takes the core of the other.
        streams=min(2, cores),
        stream_threads=max(1, cores // max(2, chosen)),
    )
