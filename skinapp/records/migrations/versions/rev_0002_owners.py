"""An index for an owner's cases by time, so that asking for them doesn't grow with all others'."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it."""
    op.create_index("ix_cases_owner_hash_created_at", "cases", ["owner_hash", "created_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_cases_owner_hash_created_at", "cases")
