"""The register: people, accounts, networks under pause, and the policy versions in force."""

from datetime import datetime
from typing import Any, Literal

from sqlmodel import Field, SQLModel

from publisher.content import Lang
from publisher.roles import Role
from publisher.store.tables.types import json_column, utc, word


class Person(SQLModel, table=True):
    """Someone who acts. `managed_by` is "config" when provisioned from config.toml.

    `lang`: what they read; "" for the company's. `deputy`: who has their roles as well, `{"name", "from",
    "to"}`, {} for nobody. `until`: the day (ISO 8601) from which on they are nobody; "" for none.
    """

    name: str = Field(primary_key=True)
    display: str
    roles: list[Role] = json_column(list)
    os_users: list[str] = json_column(list)
    sample: bool = False
    lang: str = ""
    deputy: dict[str, str] = json_column(dict)
    until: str = ""
    managed_by: str = "config"
    retired_at: datetime | None = utc(default=None)


class Account(SQLModel, table=True):
    """One official account. Credentials are references (`env:`, `file:`), never values."""

    id: str = Field(primary_key=True)
    network: str = Field(index=True)
    calendar: str
    disclaimers: str
    lang: Lang = word()
    remote_user_id: str
    base_url: str = ""
    options: dict[str, Any] = json_column(dict)
    credentials: dict[str, Any] = json_column(dict)
    owner: str = ""
    sandbox: bool = False
    active: bool = True
    managed_by: str = "config"
    retired_at: datetime | None = utc(default=None)
    not_before: datetime | None = utc(default=None)
    last_sent_at: datetime | None = utc(default=None)
    broken_since: datetime | None = utc(default=None)
    broken_reason: str = ""
    whoami_id: str = ""
    whoami_at: datetime | None = utc(default=None)
    whoami_credential: str = ""
    whoami_place: str = ""
    limits: dict[str, Any] = json_column(dict)
    limits_at: datetime | None = utc(default=None)


class Credential(SQLModel, table=True):
    """One field of an account's credentials in the vault: `record` is `v1|key-id|nonce|ciphertext`, which
    only the daemon opens; "" when it was taken out. `expires_at`: where the network says when it ends.
    """

    account: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    record: str
    saved_at: datetime = utc()
    expires_at: datetime | None = utc(default=None)


class ConfigChange(SQLModel, table=True):
    """What config.toml asks for and one person may not do alone. `kind`: "account" or "person".

    `old` stays in force until somebody confirms `new`, both by column; withdrawn when the file changes.
    """

    __tablename__ = "config_change"

    id: int = Field(default=None, primary_key=True)
    kind: Literal["account", "person"] = word()
    name: str
    old: dict[str, Any] = json_column(dict)
    new: dict[str, Any] = json_column(dict)
    asked_at: datetime = utc()
    confirmed_by: str = ""
    confirmed_at: datetime | None = utc(default=None)
    withdrawn_at: datetime | None = utc(default=None)


class NetworkPause(SQLModel, table=True):
    """Three unknowns in a row pause a network until a look-up succeeds."""

    __tablename__ = "network_pause"

    network: str = Field(primary_key=True)
    unknowns: int = 0
    paused_since: datetime | None = utc(default=None)


class PolicyVersion(SQLModel, table=True):
    """The policy folder, verbatim. The newest activated row is what the daemon reads."""

    __tablename__ = "policy_version"

    id: int = Field(default=None, primary_key=True)
    sha256: str
    files: dict[str, Any] = json_column(dict)
    proposed_by: str
    proposed_at: datetime = utc()
    activated_by: str = ""
    activated_at: datetime | None = utc(default=None)
