"""When a message was last tried, and how long the channel's duplicate check knows it; parked jobs and deliveries by lane."""

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

QUEUED = "ix_outbox_conversation_id_queued_at"
DIGEST = "ix_outbox_conversation_id_digest"
QUOTED, QUOTED_KEY = "ix_outbox_message_id", "fk_outbox_message_id"


def upgrade() -> None:
    """Of older messages it is assumed that they were tried, and that no duplicate check knows them any more."""
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.add_column(sa.Column("tried_at", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("guarded_until", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("message_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(QUOTED_KEY, "messages", ["message_id"], ["id"])
        batch_op.create_index(QUOTED, ["message_id"])
        batch_op.drop_index(QUEUED)
        batch_op.create_index(DIGEST, ["conversation_id", "digest"])
    past = "coalesce(sent_at, queued_at)"
    op.execute(f"update outbox set tried_at = {past}, guarded_until = {past}")
    op.create_index("ix_jobs_parked", "jobs", ["lane"], sqlite_where=sa.text("state = 'parked'"))
    op.create_index("ix_deliveries_lane", "deliveries", ["lane"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_lane", "deliveries")
    op.drop_index("ix_jobs_parked", "jobs")
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_index(DIGEST)
        batch_op.create_index(QUEUED, ["conversation_id", "queued_at"])
        batch_op.drop_index(QUOTED)
        batch_op.drop_constraint(QUOTED_KEY, type_="foreignkey")
        batch_op.drop_column("message_id")
        batch_op.drop_column("guarded_until")
        batch_op.drop_column("tried_at")
