"""Whom the files belong to.

What the service keeps (database, images, witness, keys) belongs to the one user that it runs as, and
nobody else reads it. What says who may do what (config.toml, the policy) is written by root or that
user alone: whoever else could write it would be everybody.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from publisher import beside
from publisher.config import Config
from publisher.errors import BadConfig
from publisher.unix import user_name
from publisher.words import part

OTHERS = 0o077  # the rights of everybody but the owner
MANY = ("media", "uploads")  # folders that hold as many files as there were pictures
KEYS = ("key", "tls_key", "vault_key")  # they may be root's, who lets the service read them
Found = tuple[str, Path, os.stat_result]  # a word of `checked`, and what lies there


def keep(config: Config) -> list[Path]:
    """From here on what this process makes is its user's alone, and so is what is there already.

    What had wider rights. Raises BadConfig where something belongs to somebody else, or where others
    can write what says who may do what.
    """
    os.umask(OTHERS)
    if found := [*written(config), *others(config)]:
        raise BadConfig(found)
    wide = [path for _, path, is_ in _ours(config) if _is_wide(is_)]
    for path in wide:
        with suppress(FileNotFoundError):
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~OTHERS)
    return wide


def flaws(config: Config) -> list[dict[str, Any]]:
    """The same for whoever only looks, each a `words.part`."""
    wide = [_wide(one) for one in _ours(config) if _is_wide(one[2])]
    return [*written(config), *others(config), *wide[:1]]


def written(config: Config) -> list[dict[str, Any]]:
    """Where somebody else could write config.toml or the policy, each a `words.part`."""
    paths = [config.file, config.folder, config.policy]
    if config.policy.is_dir():
        paths += sorted(config.policy.iterdir())
    mine = {0, _user(config)}
    found = []
    for path in paths:
        try:
            is_ = path.stat()
        except OSError:  # that it is not there, or not readable, is said by whoever reads it
            continue
        said = {"path": str(path), "user": user_name(_user(config))}
        if is_.st_uid not in mine:
            found.append(part("belongs.not_theirs", owner=user_name(is_.st_uid), **said))
        elif others_write(is_):
            found.append(part("belongs.written", mode=_mode(is_), **said))
    return found


def _user(config: Config) -> int:
    """The user that the service runs as: whose the data are, else whoever runs this."""
    try:
        return config.data.stat().st_uid
    except OSError:
        return os.geteuid()


def others_write(is_: os.stat_result) -> bool:
    """May anybody but the owner and root change it, or what lies in it?

    A group that is the owner's own, as many systems give one to each user, is nobody else.
    """
    if stat.S_ISDIR(is_.st_mode) and is_.st_mode & stat.S_ISVTX:
        return False  # nobody replaces there what is somebody else's
    return bool(is_.st_mode & stat.S_IWOTH) or (
        bool(is_.st_mode & stat.S_IWGRP) and not _own_group(is_)
    )


def _own_group(is_: os.stat_result) -> bool:
    if is_.st_gid == 0:
        return True
    try:
        group, user = grp.getgrgid(is_.st_gid), pwd.getpwuid(is_.st_uid).pw_name
    except KeyError:
        return False
    return group.gr_name == user and set(group.gr_mem) <= {user}


def others(config: Config) -> Iterator[dict[str, Any]]:
    """The first thing in each folder that is not this user's, and a key that others may read.

    Each a `words.part`. What this user may not even look at is somebody else's.
    """
    yield from _closed(config)
    me, said = os.geteuid(), set[str]()
    for one in [*_ours(config), *_to_be_made(config)]:
        what, path, is_ = one
        if what in said or is_.st_uid == me:
            continue
        if what not in KEYS or is_.st_uid != 0:
            said.add(what)
            owners = {"owner": user_name(is_.st_uid), "user": user_name(me)}
            top = {"data": config.data, "witness": config.witness}.get(what, path)
            where = {"what": part(f"checked.{what}"), "path": str(path), "top": str(top)}
            yield part("belongs.another", **where, **owners)
        elif is_.st_mode & stat.S_IRWXO:  # root chooses the group of its own file
            yield _wide(one)


def _closed(config: Config) -> Iterator[dict[str, Any]]:
    for what, top in (("data", config.data), ("witness", config.witness)):
        try:
            top.lstat()
        except PermissionError:
            said = {"path": str(top), "user": user_name(os.geteuid())}
            yield part("belongs.closed", what=part(f"checked.{what}"), **said)
        except OSError:  # it is to be made
            continue


def _is_wide(is_: os.stat_result) -> bool:
    return is_.st_uid == os.geteuid() and bool(is_.st_mode & OTHERS)


def _wide(one: Found) -> dict[str, Any]:
    what, path, is_ = one
    return part("belongs.wide", what=part(f"checked.{what}"), path=str(path), mode=_mode(is_))


def _mode(is_: os.stat_result) -> str:
    return f"{stat.S_IMODE(is_.st_mode):04o}"


def _ours(config: Config) -> Iterator[Found]:
    """All that is to be the service user's alone, as far as it is there."""
    yield from _tree("data", config.data)
    yield from _tree("witness", config.witness)
    for what, path in _apart(config):
        yield from _there(what, path)


def _tree(what: str, top: Path) -> Iterator[Found]:
    """A folder and what is in it. The many images are walked through only where others could reach them."""
    folders = list(_there(what, top))
    open_to_others = any(is_.st_mode & OTHERS for _, _, is_ in folders)
    while folders:
        one = folders.pop()
        yield one
        if not stat.S_ISDIR(one[2].st_mode) or (one[1].name in MANY and not open_to_others):
            continue
        try:
            inside = sorted(one[1].iterdir())
        except OSError:  # it is somebody else's, and that is said
            continue
        # A stop file may be root's: it is taken away, and not written.
        inside = [one for one in inside if one.name.partition(".")[0] != beside.STOP]
        folders += [found for path in inside for found in _there(what, path)]


def _there(what: str, path: Path) -> Iterator[Found]:
    try:
        is_ = path.lstat()
    except OSError:
        return
    if not stat.S_ISLNK(is_.st_mode):
        yield what, path, is_


def _apart(config: Config) -> Iterator[tuple[str, Path]]:
    """What may lie outside of both folders: a SQLite database, the keys of history, vault and TLS."""
    kind, _, where = config.database.partition(":///")
    if kind.startswith("sqlite"):
        database = Path(where.partition("?")[0]).resolve()
        beside = () if database.is_relative_to(config.data) else ("", "-wal", "-shm", ".lock")
        for end in beside:
            yield "database", database.with_name(database.name + end)
    for what, reference in (("key", config.ledger_key), ("vault_key", config.vault_key)):
        kind, _, where = reference.partition(":")
        # Who renews a key often leads to it by a link: it is the file behind it that must be closed.
        if kind == "file" and not where.startswith("$"):  # what systemd provides is ours as it is
            yield what, (config.folder / where).resolve()
    if config.desk.door and config.desk.door.key:
        yield "tls_key", config.desk.door.key.resolve()


def _to_be_made(config: Config) -> Iterator[Found]:
    """Where root would make a folder among another user's, it would be theirs to keep out."""
    if os.geteuid() != 0:
        return
    for what, folder in (("data", config.data), ("witness", config.witness)):
        if not folder.exists():
            above = next(one for one in folder.parents if one.exists())
            yield what, above, above.stat()
