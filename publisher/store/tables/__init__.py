"""Every table. Rows are inserted as models and read as plain rows; no row object is ever shared."""

from publisher.store.tables.posts import (
    ATTENTION,
    LEFT,
    LIVE,
    REMOTE,
    Approval,
    Attempt,
    Delivery,
    ExceptionGrant,
    ExceptionUse,
    Post,
    Revision,
    Stop,
)
from publisher.store.tables.records import (
    Daemon,
    Epoch,
    LedgerRow,
    Meta,
    Notification,
    Payload,
    Seal,
)
from publisher.store.tables.register import (
    Account,
    ConfigChange,
    NetworkPause,
    Person,
    PolicyVersion,
)
from publisher.store.tables.types import METADATA, Utc, core

__all__ = [
    "ATTENTION",
    "LEFT",
    "LIVE",
    "METADATA",
    "REMOTE",
    "Account",
    "Approval",
    "Attempt",
    "ConfigChange",
    "Daemon",
    "Delivery",
    "Epoch",
    "ExceptionGrant",
    "ExceptionUse",
    "LedgerRow",
    "Meta",
    "NetworkPause",
    "Notification",
    "Payload",
    "Person",
    "PolicyVersion",
    "Post",
    "Revision",
    "Seal",
    "Stop",
    "Utc",
    "core",
]
