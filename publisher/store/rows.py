"""What a row of each table is to whoever reads it: the columns of its model, so that types are checked.

A row that was selected is SQLAlchemy's plain tuple and cannot be written back; nothing but its columns
is used of it. One that is only planned is the model itself (`as_it_will_be`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from publisher.lifecycle import LIVE, UNSENT
from publisher.store import tables as t

AccountRow: TypeAlias = t.Account
ApprovalRow: TypeAlias = t.Approval
AttemptRow: TypeAlias = t.Attempt
ChangeRow: TypeAlias = t.ConfigChange
CredentialRow: TypeAlias = t.Credential
DeliveryRow: TypeAlias = t.Delivery
GrantRow: TypeAlias = t.ExceptionGrant
InviteRow: TypeAlias = t.Invite
HoldRow: TypeAlias = t.Hold
LedgerRow: TypeAlias = t.LedgerRow
MeasureRow: TypeAlias = t.Measure
NoticeRow: TypeAlias = t.Notification
PasskeyRow: TypeAlias = t.Passkey
PasswordRow: TypeAlias = t.Password
PersonRow: TypeAlias = t.Person
PolicyRow: TypeAlias = t.PolicyVersion
PostRow: TypeAlias = t.Post
RevisionRow: TypeAlias = t.Revision
SealRow: TypeAlias = t.Seal
SignInRow: TypeAlias = t.SignIn
StopRow: TypeAlias = t.Stop
TokenRow: TypeAlias = t.Token

# Rows that are joined from several tables; types only, or SQLModel would make tables of them.
if TYPE_CHECKING:
    from publisher.acts import ActName
    from publisher.lifecycle import PostState

    class EntryRow(t.LedgerRow):
        """An entry of the ledger with its payload, None where that was erased or never was."""

        body: str | None

    class TrailRow(EntryRow):
        """The same, and of an entry about a delivery where it goes and what it does there."""

        account: str | None
        act: ActName | None

    class TextRow(t.Delivery):
        """A delivery with its author and the words that it carries."""

        author: str
        text: str
        variants: dict[str, str]

    class SoughtRow(t.Revision):
        """The words of a post, with the post that they are of."""

        id: str
        state: PostState
        author: str

    class UseRow(t.ExceptionUse):
        """What went out under a permission, and under what it was asked for."""

        post_id: str
        account: str
        category: str

    class GrantedRow(t.ExceptionGrant):
        """A permission that somebody granted."""

        granted_at: datetime
        starts_at: datetime
        expires_at: datetime
        review_due: datetime

    class UnclearRow(t.Delivery):
        """A delivery with the request of the try that is not proved."""

        request: dict[str, Any]


def parts_out(row: DeliveryRow) -> tuple[str, ...]:
    """What its network calls those parts of it that are public, in order; () unless it is a thread."""
    return tuple(row.notes.get("public", ()))


def taken_out(row: DeliveryRow) -> frozenset[str]:
    """What its network calls that which this takedown is known to have removed."""
    rest = (row.target, *row.notes.get("left", ())) if row.state == "published" else ()
    return frozenset({*row.notes.get("gone", ()), *rest})


def begun(row: DeliveryRow) -> bool:
    """Is, or may, something of it be public, though it waits? Then it keeps its words and its time."""
    return bool(row.unproven or (row.state in LIVE and parts_out(row)))


def between_parts(row: DeliveryRow) -> bool:
    """Does the rest of a thread wait, while it is known what is public? Then that rest can be kept back."""
    return row.state in UNSENT and bool(parts_out(row)) and not row.unproven


def running(row: DeliveryRow, at: datetime) -> bool:
    """Was it going out part by part by then, and waits for nothing but its network?"""
    return between_parts(row) and row.verdict in ("PASS", "WARN") and row.release_at <= at


def as_it_will_be(row: DeliveryRow, changes: Mapping[str, Any]) -> DeliveryRow:
    """The row with some columns replaced: what it will be once a move is written."""
    now = {name: getattr(row, name) for name in t.Delivery.model_fields}
    return t.Delivery(**now | dict(changes))
