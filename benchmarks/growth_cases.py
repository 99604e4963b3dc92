"""How opening and keeping a case grow with the number of cases that are kept already.

The rows are like real ones: an assessment of the network's own size, random ids, thousands of
owners, spread over the time for which cases are kept.  Only the pictures are small, because they
lie in a table of their own that is read by its key alone: a million real ones take 150 GB.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    text,
)

from skinapp.domain.assessment import Assessment
from skinapp.domain.case import Case, CaseImages, new_case_id
from skinapp.records.codec import to_json
from skinapp.records.engine import open_engine, parse_url
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore

NUMBERS = (1_000, 10_000, 100_000, 1_000_000)
KEPT = timedelta(days=30)
# Browsers, each with so many cases on average: a busy clinic's.
_CASES_PER_OWNER = 200
_BUSIEST = "owner 0"
_PICTURE_BYTES = 1_000
_BATCH = 1_000
_SAMPLED = 10  # of a batch
# A row with its indexes and its share of free space.
_BYTES_PER_CASE = 20_000
Row = dict[str, Any]

# The same tables without the ORM's types: the assessment is turned into JSON once, not a million
# times.
_FAST = MetaData()
_CASES = Table(
    "cases",
    _FAST,
    Column("id", String, primary_key=True),
    Column("owner_hash", String),
    Column("created_at", DateTime),
    *(
        Column(f"{of}_{side}_px", Integer)
        for of in ("photo", "source")
        for side in ("width", "height")
    ),
    Column("assessment", String),
)
_IMAGES = Table(
    "case_images",
    _FAST,
    Column("case_id", String, primary_key=True),
    Column("photo_jpeg", LargeBinary),
    Column("overlay_png", LargeBinary),
)


@dataclass(slots=True)
class Known:
    """Some of the cases that are in the database: id and owner."""

    cases: list[tuple[str, str]]
    total: int = 0


def by_cases(
    folder: Path, assessment: Assessment, numbers: Sequence[int], repeats: int
) -> list[Row]:
    """Fill one SQLite database step by step and measure at each.

    Raises :class:`SystemExit` where the disk has no room for the last step.
    """
    _check_room(folder, max(numbers))
    url = f"sqlite:///{folder / 'cases.sqlite3'}"
    upgrade(url)
    known, rows = Known([]), []
    for number in sorted(numbers):
        fill_s = _timed(partial(fill, url, known, number, assessment))
        row = {"cases": number, **_measure(url, known, assessment, repeats)}
        database_mb = round((folder / "cases.sqlite3").stat().st_size / 1e6, 1)
        rows.append(row | {"fill_s": round(fill_s, 1), "database_mb": database_mb})
        _print(rows[-1])
    return rows


def fill(url: str, known: Known, number: int, assessment: Assessment) -> None:
    """Add cases until there are ``number``; remembers a sample of them in ``known``."""
    kept = json.dumps(to_json(assessment))
    chance = random.Random(known.total)
    now = datetime.now(UTC).replace(tzinfo=None)
    engine = open_engine(parse_url(url))
    with engine.connect() as connection:
        # What a power cut would do to it does not matter here.
        connection.execute(text("PRAGMA synchronous = OFF"))
        while known.total < number:
            count = min(_BATCH, number - known.total)
            owners = [f"owner {chance.randrange(_owners(number))}" for _ in range(count)]
            cases = [_case_row(owner, now - KEPT * chance.random(), kept) for owner in owners]
            ids = [str(row["id"]) for row in cases]
            connection.execute(insert(_CASES), cases)
            connection.execute(insert(_IMAGES), [_images_row(case_id) for case_id in ids])
            connection.commit()
            known.total += count
            known.cases += list(zip(ids, owners, strict=True))[:: max(1, count // _SAMPLED)]
    engine.dispose()


def _owners(cases: int) -> int:
    return max(1, cases // _CASES_PER_OWNER)


def _case_row(owner: str, created_at: datetime, kept: str) -> Row:
    return {
        "id": new_case_id(),
        # As the store hashes owners.
        "owner_hash": hashlib.sha256(owner.encode()).hexdigest(),
        "created_at": created_at,
        "photo_width_px": 1000,
        "photo_height_px": 750,
        "source_width_px": 4000,
        "source_height_px": 3000,
        "assessment": kept,
    }


def _images_row(case_id: str) -> Row:
    picture = os.urandom(_PICTURE_BYTES)
    return {"case_id": case_id, "photo_jpeg": picture, "overlay_png": picture}


def _measure(url: str, known: Known, assessment: Assessment, repeats: int) -> Row:
    """Median and 95th percentile in ms of what the store does for a request."""
    store = SqlCaseStore(url)
    chance = random.Random(known.total)
    some = [chance.choice(known.cases) for _ in range(repeats)]
    now = datetime.now(UTC)
    pictures = CaseImages(os.urandom(60_000), os.urandom(20_000))
    template = Case(new_case_id(), now, assessment, 1000, 750, 4000, 3000)
    news = [replace(template, id=new_case_id()) for _ in range(repeats)]
    hour_ago = now - timedelta(hours=1)
    found = {
        "open": _times_ms(lambda i: store.get(*some[i]), repeats),
        "pictures": _times_ms(lambda i: store.images(*some[i]), repeats),
        "quota": _times_ms(lambda i: store.made_since(some[i][1], hour_ago), repeats),
        "insert": _times_ms(lambda i: store.add(news[i], pictures, _BUSIEST), repeats),
        "delete": _times_ms(lambda i: store.delete(news[i].id, _BUSIEST), repeats),
        "purge of nothing": _times_ms(lambda _: store.purge(now - 2 * KEPT), repeats),
    }
    store.close()
    return {
        f"{name}_{label}_ms": value
        for name, (p50, p95) in found.items()
        for label, value in (("p50", p50), ("p95", p95))
    }


def _times_ms(act: Callable[[int], object], repeats: int) -> tuple[float, float]:
    times = [1000 * _timed(partial(act, i)) for i in range(repeats)]
    p50, p95 = np.percentile(times, [50, 95])
    return round(float(p50), 3), round(float(p95), 3)


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _check_room(folder: Path, number: int) -> None:
    needed, free = number * _BYTES_PER_CASE, shutil.disk_usage(folder).free
    if needed > free:
        raise SystemExit(
            f"{number} cases need {needed / 1e9:.1f} GB, {folder} has {free / 1e9:.1f} GB free: "
            "choose another folder with TMPDIR, or fewer with --cases"
        )


def _print(row: Row) -> None:
    medians = {name[:-7]: ms for name, ms in row.items() if name.endswith("_p50_ms")}
    words = "  ".join(f"{name} {ms:.2f}" for name, ms in medians.items())
    print(
        f"{row['cases']:9} cases, {row['database_mb']:8.0f} MB, filled in {row['fill_s']:.0f} s;"
        f" median ms: {words}",
        flush=True,
    )
