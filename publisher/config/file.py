"""The shape of config.toml: every key, its type and its default."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from publisher.content import Lang
from publisher.documents import Strict

LogFormat = Literal["auto", "json", "pretty"]


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("document.one_line")
    return value


Line = Annotated[str, Field(max_length=500), AfterValidator(_one_line)]
Text = Annotated[Line, Field(min_length=1)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]


class CompanyTable(Strict):
    name: Text
    website: Line = ""
    lang: Line = "en"


class DaemonTable(Strict):
    workers: Annotated[int, Field(ge=1, le=256)] = 32
    send_deadline: Seconds = 30
    lease: Seconds = 120
    free_space_reserve: Annotated[int, Field(ge=0)] = 100_000_000
    health: Line = "127.0.0.1:8091"
    look_again: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1)] | None = None


class DeskTable(Strict):
    socket: Text = "run/desk.sock"
    listen: Line = ""
    certificate: Line = ""
    key: Line = ""
    behind: Line = ""
    proxies: list[Text] = Field(default_factory=list)
    hosts: list[Text] = Field(default_factory=list)


class LedgerTable(Strict):
    key: Line = ""


class VaultTable(Strict):
    key: Line = ""


class LogTable(Strict):
    format: LogFormat = "auto"


class OutboundTable(Strict):
    proxy: Line = ""
    ca_file: Line = ""


class HeartbeatTable(Strict):
    url: Text
    every: Seconds = 60


class AccountTable(Strict):
    network: Line
    calendar: Text
    disclaimers: Text
    lang: Lang
    user_id: Text
    base_url: Line = ""
    credentials: dict[str, Line] = Field(default_factory=dict)
    options: dict[str, Line] = Field(default_factory=dict)
    sandbox: bool = False
    owner: Text
    active: bool = True
    since: date | None = None
    public_url: Line = ""


class PersonTable(Strict):
    name: Text
    roles: Annotated[list[Line], Field(min_length=1)]
    only: dict[str, Annotated[list[Text], Field(min_length=1)]] = Field(default_factory=dict)
    os_users: list[Text] = Field(default_factory=list)
    sample: bool = False
    deputy: Line = ""
    until: date | None = None
    lang: Line = ""
    notify: list[Text] = Field(default_factory=list)


class File(Strict):
    data: Text = "data"
    witness: Text = "witness"
    database: Text = "sqlite:///{data}/publisher.db"
    policy: Text = "policy"
    company: CompanyTable
    daemon: DaemonTable = DaemonTable()
    desk: DeskTable = DeskTable()
    ledger: LedgerTable = LedgerTable()
    vault: VaultTable = VaultTable()
    log: LogTable = LogTable()
    outbound: OutboundTable = OutboundTable()
    heartbeat: HeartbeatTable | None = None
    notify: dict[str, list[Text]] = Field(default_factory=dict)
    accounts: dict[str, AccountTable] = Field(default_factory=dict)
    people: dict[str, PersonTable] = Field(default_factory=dict)
