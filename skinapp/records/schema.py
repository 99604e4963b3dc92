"""The tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# Named constraints can be changed by later migrations on every database.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time.  SQLite forgets the zone, so everything is stored and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database.  Raises :class:`ValueError` for a time without a zone."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(naming_convention=NAMING)


class CaseRow(Base):
    """A case without its pictures.  ``assessment`` is written by :mod:`skinapp.records.codec`."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_owner_hash_created_at", "owner_hash", "created_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    photo_width_px: Mapped[int]
    photo_height_px: Mapped[int]
    source_width_px: Mapped[int]
    source_height_px: Mapped[int]
    assessment: Mapped[dict[str, Any]] = mapped_column(JSON)


class CaseImagesRow(Base):
    """The pictures of a case, apart from it so that reading cases never loads them."""

    __tablename__ = "case_images"

    case_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    photo_jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    overlay_png: Mapped[bytes] = mapped_column(LargeBinary)
