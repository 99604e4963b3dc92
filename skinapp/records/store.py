"""Cases in a relational database: SQLite out of the box, PostgreSQL where there is one."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Select, and_, delete, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from skinapp.domain.case import Case, CaseEntry, CaseImages, is_case_id
from skinapp.domain.errors import CaseKept, CaseNotFound, RecordUnreadable
from skinapp.domain.quota import Quota
from skinapp.records.codec import from_json, to_json
from skinapp.records.engine import is_sqlite, open_engine, parse_url
from skinapp.records.postgresql import take_turns
from skinapp.records.schema import CaseImagesRow, CaseRow
from skinapp.records.trouble import (
    check_writable,
    patience,
    refuse_where_full,
    told_as_trouble,
)

# A case is a third of a megabyte, whose pages are overwritten when it goes.
_PURGED_AT_ONCE = 20
# Who waits to write looks again after some milliseconds, and has to find the door open.
_PAUSE_S = 0.2


def _hash_owner(owner: str) -> str:
    # The owner's secret opens the case, so like a password it is not kept itself.  It is random
    # and long: no slow hash is needed.
    return hashlib.sha256(owner.encode()).hexdigest()


def _is_theirs(case_id: str, owner: str) -> ColumnElement[bool]:
    """Raise :class:`CaseNotFound` for what is no id: it may hold what a database can't take."""
    if not is_case_id(case_id):
        raise CaseNotFound
    return and_(CaseRow.id == case_id, CaseRow.owner_hash == _hash_owner(owner))


def _is_theirs_since(owner: str, since: datetime) -> ColumnElement[bool]:
    return and_(CaseRow.created_at > since, CaseRow.owner_hash == _hash_owner(owner))


def _made_since(owner: str, since: datetime) -> Select[datetime]:
    theirs = _is_theirs_since(owner, since)
    return select(CaseRow.created_at).where(theirs).order_by(CaseRow.created_at)


class SqlCaseStore:
    """A :class:`~skinapp.domain.ports.CaseStore`.  Safe to use from several threads.

    The database must have been brought up to date by :func:`skinapp.records.migrate.upgrade`.
    Every call raises :class:`~skinapp.domain.errors.StoreUnavailable` where the disk is full, the
    database locked, and so on; then nothing has changed.
    Raises :class:`~skinapp.records.engine.DatabaseRefused` for a URL that can't be used.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(parse_url(url))

    def add(self, case: Case, images: CaseImages, owner: str, quota: Quota | None = None) -> None:
        """Keep a case with its pictures, whole or not at all.

        Raises :class:`~skinapp.domain.errors.CaseKept` and
        :class:`~skinapp.domain.errors.QuotaReached` as the port says.
        """
        with told_as_trouble(), Session(self._engine) as session, session.begin():
            refuse_where_full(session.connection())
            if quota is not None and not is_sqlite(self._engine.url):
                take_turns(session.connection(), _hash_owner(owner))
            session.add(_row(case, owner))
            # From here on SQLite lets nobody else write, so that the count stays true.
            _flush_new(session)
            if quota is not None:
                others = _made_since(owner, quota.since).where(CaseRow.id != case.id)
                quota.check(tuple(session.scalars(others)))
            session.add(
                CaseImagesRow(
                    case_id=case.id, photo_jpeg=images.photo_jpeg, overlay_png=images.overlay_png
                )
            )

    def made_since(self, owner: str, since: datetime) -> tuple[datetime, ...]:
        """When this owner's cases were made that are younger than a time (aware); oldest first."""
        with told_as_trouble(), Session(self._engine) as session:
            return tuple(session.scalars(_made_since(owner, since)))

    def made_at(self, case_id: str, owner: str) -> datetime:
        """When a case was made; :class:`CaseNotFound` for anybody but the owner."""
        wanted = select(CaseRow.created_at).where(_is_theirs(case_id, owner))
        with told_as_trouble(), Session(self._engine) as session:
            made = session.scalar(wanted)
        if made is None:
            raise CaseNotFound
        return made

    def get(self, case_id: str, owner: str) -> Case:
        """Likewise, all of it; RecordUnreadable for what another version kept, or is damaged."""
        wanted = select(CaseRow).where(_is_theirs(case_id, owner))
        with told_as_trouble(), Session(self._engine) as session:
            row = session.scalar(wanted)
            if row is None:
                raise CaseNotFound
            return _case(row)

    def recent(self, owner: str, since: datetime, at_most: int) -> tuple[CaseEntry, ...]:
        """The newest of this owner's cases that are younger than a time (aware), newest first."""
        wanted = (
            select(CaseRow)
            .where(_is_theirs_since(owner, since))
            .order_by(CaseRow.created_at.desc())
            .limit(at_most)
        )
        with told_as_trouble(), Session(self._engine) as session:
            return tuple(map(_entry, session.scalars(wanted)))

    def images(self, case_id: str, owner: str) -> CaseImages:
        """Likewise, the pictures."""
        wanted = (
            select(CaseImagesRow.photo_jpeg, CaseImagesRow.overlay_png)
            .join(CaseRow, CaseRow.id == CaseImagesRow.case_id)
            .where(_is_theirs(case_id, owner))
        )
        with told_as_trouble(), Session(self._engine) as session:
            found = session.execute(wanted).one_or_none()
        if found is None:
            raise CaseNotFound
        return CaseImages(photo_jpeg=found.photo_jpeg, overlay_png=found.overlay_png)

    def delete(self, case_id: str, owner: str) -> None:
        """Remove a case and its pictures; :class:`CaseNotFound` as above."""
        if not self._remove(delete(CaseRow).where(_is_theirs(case_id, owner))):
            raise CaseNotFound

    def purge(self, created_before: datetime) -> int:
        """Remove all cases made before a time (aware); return how many.

        Some at a time and with pauses, so that nobody waits long to write, and the log stays small
        on a full disk.
        """
        old = select(CaseRow.id).where(CaseRow.created_at < created_before).limit(_PURGED_AT_ONCE)
        purged = 0
        while removed := self._remove(delete(CaseRow).where(CaseRow.id.in_(old))):
            purged += removed
            time.sleep(_PAUSE_S)
        if self._engine.dialect.name == "sqlite":
            self._empty_write_ahead_log()  # where a deletion of the last hour could not
        return purged

    def check(self) -> None:
        """Write a little, as a case would be; raise where that can't be done."""
        with told_as_trouble():
            check_writable(self._engine)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _remove(self, statement: Delete) -> int:
        # The pictures go with their case: the foreign key cascades.
        with told_as_trouble(), Session(self._engine) as session, session.begin():
            result = cast("CursorResult[Any]", session.execute(statement))
            removed = result.rowcount
        if removed and self._engine.dialect.name == "sqlite":
            self._empty_write_ahead_log()
        return removed

    def _empty_write_ahead_log(self) -> None:
        """The log still holds the deleted photo's pages until it is cut off.

        Does nothing while another process reads; the next deletion, or purge, catches up.  It
        would wait for the reader, though, and keep all writers out meanwhile, if it had patience.
        """
        # The case is gone, whatever becomes of its log.
        with (
            suppress(DBAPIError),
            self._engine.connect() as connection,
            patience(connection, seconds=0),
        ):
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _flush_new(session: Session) -> None:
    """Write a new case's row, which has no constraint but its id that a case could break."""
    try:
        session.flush()
    except IntegrityError as error:
        raise CaseKept from error


def _row(case: Case, owner: str) -> CaseRow:
    return CaseRow(
        id=case.id,
        owner_hash=_hash_owner(owner),
        created_at=case.created_at,
        photo_width_px=case.photo_width_px,
        photo_height_px=case.photo_height_px,
        source_width_px=case.source_width_px,
        source_height_px=case.source_height_px,
        assessment=to_json(case.assessment),
    )


def _entry(row: CaseRow) -> CaseEntry:
    try:
        return CaseEntry(row.id, row.created_at, _case(row))
    except RecordUnreadable:
        return CaseEntry(row.id, row.created_at, None)


def _case(row: CaseRow) -> Case:
    return Case(
        id=row.id,
        created_at=row.created_at,
        assessment=from_json(row.assessment),
        photo_width_px=row.photo_width_px,
        photo_height_px=row.photo_height_px,
        source_width_px=row.source_width_px,
        source_height_px=row.source_height_px,
    )
