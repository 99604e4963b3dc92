"""Cases and their pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "cases",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("owner_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("photo_width_px", sa.Integer(), nullable=False),
        sa.Column("photo_height_px", sa.Integer(), nullable=False),
        sa.Column("source_width_px", sa.Integer(), nullable=False),
        sa.Column("source_height_px", sa.Integer(), nullable=False),
        sa.Column("assessment", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index("ix_cases_created_at", "cases", ["created_at"])
    op.create_table(
        "case_images",
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("photo_jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("overlay_png", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name="fk_case_images_case_id_cases",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_images"),
    )


def downgrade() -> None:
    """Drop both; the cases are lost."""
    op.drop_table("case_images")
    op.drop_index("ix_cases_created_at", "cases")
    op.drop_table("cases")
