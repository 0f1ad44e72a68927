"""config.toml: what is accepted, and what is said about everything else."""

import json
from pathlib import Path

import pytest

from publisher import config
from publisher.errors import BadConfig

HERE = Path("/srv/publisher/config.toml")
COMPANY = '[company]\nname = "Example"\n'
X = """\
[accounts.news]
network = "x"
calendar = "office"
disclaimers = "standard"
lang = "ja"
user_id = "783214"
owner = "Communications"
[accounts.news.credentials]
consumer_key = "env:X_KEY"
consumer_secret = "env:X_SECRET"
access_token = "file:secrets/token"
access_token_secret = "file:/etc/publisher/token-secret"
"""
HANAKO = """
[people.hanako]
name = "Hanako"
roles = ["author"]
os_users = ["hyamada"]
"""


def load(text, env=None):
    return config.load(text, HERE, env or {})


def problems(text, env=None):
    with pytest.raises(BadConfig) as caught:
        load(text, env)
    return caught.value.problems


def only_problem(text, env=None):
    found = problems(text, env)
    assert len(found) == 1, found
    return found[0]


def test_the_least_that_must_be_said_is_the_company():
    settings = load(COMPANY)
    assert settings.data == Path("/srv/publisher/data")
    assert settings.witness == Path("/srv/publisher/witness")
    assert settings.policy == Path("/srv/publisher/policy")
    assert settings.database == "sqlite:////srv/publisher/data/publisher.db"
    assert (settings.daemon.workers, settings.daemon.send_deadline) == (32, 30)
    assert (settings.daemon.health_host, settings.daemon.health_port) == ("127.0.0.1", 8091)
    assert settings.daemon.look_again is None
    assert settings.heartbeat is None
    assert only_problem("") == "config.toml:1: company is missing."


def test_an_account_becomes_what_rules_and_adapters_see():
    setting = load(COMPANY + X).accounts["news"]
    account = setting.account()
    assert account.id == "news"
    assert account.remote_user_id == "783214"
    assert account.lang == "ja"
    assert account.active
    assert not account.sandbox
    assert setting.credentials["access_token"] == "file:secrets/token"


BOARD = """
[accounts.board]
network = "discourse"
calendar = "office"
disclaimers = "standard"
lang = "ja"
user_id = "5"
owner = "Communications"
base_url = "https://board.example.com"
credentials = {api_key = "env:KEY", api_username = "env:USER"}
"""
BLOG = """
[accounts.blog]
network = "wordpress"
calendar = "office"
disclaimers = "standard"
lang = "ja"
user_id = "3"
base_url = "https://blog.example.com"
owner = "Communications"
credentials = {username = "env:NAME", password = "env:PASSWORD"}
"""
PAGE = """
[accounts.page]
network = "facebook"
calendar = "office"
disclaimers = "standard"
lang = "ja"
user_id = "100"
owner = "Communications"
credentials = {access_token = "env:TOKEN"}
"""


@pytest.mark.parametrize(
    ("account", "options", "says"),
    [
        (BOARD, 'category = "announcements"', '"announcements" is not the number of the category'),
        (BOARD, 'category = ""', "the number of the category"),
        (BOARD, 'category = "-4"', "the number of the category"),
        (BLOG, 'permalinks = "ugly"', '"ugly" is not plain or pretty'),
        (PAGE, 'api_version = "26.0"', "such as v26.0"),
        (PAGE, 'api_version_until = "soon"', "the day it ends"),
    ],
)
def test_an_option_of_the_wrong_shape_is_found_before_the_slot(account, options, says):
    assert says in only_problem(COMPANY + account + f"options = {{{options}}}\n")


def test_options_of_the_right_shape_are_taken():
    load(COMPANY + BOARD + 'options = {category = "4"}\n')
    load(COMPANY + BLOG + 'options = {permalinks = "plain"}\n')
    load(COMPANY + PAGE + 'options = {api_version = "v27.0", api_version_until = "2028-09-01"}\n')


def test_a_person_becomes_an_actor():
    actor = load(COMPANY + HANAKO).people["hanako"].actor("hyamada")
    assert (actor.person, actor.os_user, actor.sample) == ("hanako", "hyamada", False)
    assert actor.roles == {"author"}


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ('network = "x"', 'network = "facebok"', 4, 'Did you mean "facebook"?'),
        ('owner = "Communications"', 'ownr = "Communications"', 9, 'Did you mean "owner"?'),
        ('lang = "ja"', 'lang = "fr"', 7, "'ja' or 'en'"),
        ('calendar = "office"\n', "", 3, "accounts.news.calendar is missing."),
        ('user_id = "783214"', "user_id = 783214", 8, "text in quotes"),
        ("[accounts.news]", "[accounts.News_1]", 3, "cannot name accounts"),
        ('owner = "Communications"', 'owner = "C"\nsince = "soon"', 10, "since"),
        ('user_id = "783214"', 'user_id = "@acme"', 8, "not its @name"),
        ('user_id = "783214"', 'user_id = "acme"', 8, "is no number"),
        ('owner = "Communications"', 'owner = "C"\npublic_url = "x.com/a"', 10, "https://"),
        ('owner = "Communications"', 'owner = "C"\noptions = {user = "a"}', 10, '"username"?'),
        ('consumer_key = "env:X_KEY"\n', "", 10, "credentials.consumer_key is missing"),
        ("consumer_key =", "consumerkey =", 11, 'Did you mean "consumer_key"?'),
        (
            'owner = "Communications"',
            'owner = "C"\nbase_url = "http://api.example.com"',
            10,
            "https",
        ),
        ('owner = "Communications"', 'owner = "C"\nbase_url = "https://[::1"', 10, "address"),
        ('owner = "Communications"', 'owner = "C"\nsandbox = true', 3, "needs base_url"),
        (
            'owner = "Communications"',
            'owner = "C"\nsandbox = true\nbase_url = "https://api.example.com"',
            11,
            "must stay on this machine",
        ),
    ],
)
def test_what_is_wrong_with_an_account_is_said_with_its_line(was, becomes, line, says):
    text = COMPANY + X.replace(was, becomes)
    said = problems(text)
    assert any(p.startswith(f"config.toml:{line}: ") and says in p for p in said), said


def test_a_sandbox_account_has_a_number_as_well():
    text = X.replace(
        'owner = "Communications"', 'owner = "C"\nsandbox = true\nbase_url = "http://127.0.0.1:9/x"'
    )
    said = only_problem(COMPANY + text.replace('user_id = "783214"', 'user_id = "@example"'))
    assert '"@example" is no number' in said


def test_one_account_is_registered_once():
    said = only_problem(COMPANY + X + X.replace("accounts.news", "accounts.press"))
    assert said.startswith("config.toml:20: this is the same account as news.")


NEWS_BLOG = BLOG.replace("example.com", "example.co.jp/news")


@pytest.mark.parametrize(
    ("first", "was", "becomes"),
    [
        (X, 'owner = "Communications"', 'owner = "C"\nbase_url = "https://api.x.com"'),
        (X, 'owner = "Communications"', 'owner = "C"\nbase_url = "https://api.twitter.com/"'),
        (X, '"783214"', '"0783214"'),
        (NEWS_BLOG, "co.jp/news", "co.jp/news/"),
        (NEWS_BLOG, "//blog.example", "//BLOG.Example"),
        (NEWS_BLOG, "co.jp/news", "co.jp:443/news"),
        (NEWS_BLOG, "co.jp/news", "co.jp./news"),
    ],
)
def test_one_account_is_registered_once_however_it_is_written(first, was, becomes):
    assert was in first
    name = "news" if first is X else "blog"
    again = first.replace(f"accounts.{name}", "accounts.press").replace(was, becomes)
    assert f"this is the same account as {name}." in only_problem(COMPANY + first + again)


@pytest.mark.parametrize(
    ("real", "stand_in"),
    [
        ("env:PASSWORD", "env:PASSWORD"),
        ("file:secrets/blog", "file:secrets/../secrets/blog"),
    ],
)
def test_a_stand_in_gets_no_real_secret(real, stand_in):
    """Whoever listens at its address would read it."""
    first = BLOG.replace("env:PASSWORD", real)
    again = (
        BLOG.replace("accounts.blog", "accounts.demo")
        .replace("env:NAME", "env:DEMO")
        .replace("env:PASSWORD", stand_in)
        .replace("https://blog.example.com", "http://127.0.0.1:9")
        .replace('owner = "Communications"', 'owner = "C"\nsandbox = true')
    )
    said = only_problem(COMPANY + first + again)
    assert "this is a credential of blog, a real account" in said
    assert "PASSWORD" not in said


def test_two_users_of_one_site_and_two_sites_are_two_accounts():
    for was, becomes in (('"3"', '"4"'), ("co.jp/news", "co.jp/press"), ("co.jp/", "co.jp:8443/")):
        again = NEWS_BLOG.replace("accounts.blog", "accounts.press").replace(was, becomes)
        assert len(load(COMPANY + NEWS_BLOG + again).accounts) == 2


def test_a_character_that_nobody_sees_is_refused():
    for text in (
        'data = "a\\u0000b"\n' + COMPANY,
        COMPANY + X.replace("env:X_KEY", "file:a\\u202eb"),
    ):
        assert "invisible character" in only_problem(text)


@pytest.mark.parametrize("network", ["wordpress", "discourse", "mastodon"])
def test_a_network_without_one_address_needs_to_be_told_where_it_is(network):
    text = COMPANY + X.partition("[accounts.news.credentials]")[0].replace('"x"', f'"{network}"')
    assert any(f"a {network} account needs base_url" in problem for problem in problems(text))


SECRET = "canary-4f9c2d71-token"


@pytest.mark.parametrize(
    "text",
    [
        COMPANY + X.replace("env:X_KEY", SECRET),
        COMPANY + X.replace("env:X_KEY", "env:" + SECRET),
        COMPANY + X.replace('access_token = "file:', f'access_tokn = "{SECRET}'),
        COMPANY + f'[notify]\ndefault = ["slack://{SECRET}/b/c"]\n',
        COMPANY + HANAKO + f'notify = ["mailtos://me:{SECRET}@example.com"]\n',
        f'database = "postgresql+psycopg://me:{SECRET}@db/publisher"\n' + COMPANY,
        COMPANY + f'[heartbeat]\nurl = "https://me:{SECRET}@example.com/ping"\n',
        COMPANY + X.replace('"env:X_KEY"', f'["{SECRET}"]'),
        COMPANY
        + X.replace('owner = "C', f'base_url = "https://u:{SECRET}@example.com"\nowner = "C'),
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(text):
    said = "\n".join(problems(text))
    assert said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ('["author"]', '["aprover"]', 6, 'Did you mean "approver"?'),
        ('["author"]', "[]", 6, "roles"),
        ('os_users = ["hyamada"]', 'os_users = ["h"]\nsample = true', 7, "may not have os_users"),
        ('os_users = ["hyamada"]', 'deputy = "taro"', 7, 'no other person is called "taro"'),
        ('os_users = ["hyamada"]', 'deputy = "hanako"', 7, "no other person"),
        ('os_users = ["hyamada"]', 'lang = "fr"', 7, 'no sentences in "fr", only in en, ja'),
        ('os_users = ["hyamada"]', "only.author = []", 7, "only.author"),
        ("[people.hanako]", '[people."山田"]', 4, "cannot name persons"),
    ],
)
def test_what_is_wrong_with_a_person_is_said_with_its_line(was, becomes, line, says):
    said = only_problem(COMPANY + HANAKO.replace(was, becomes))
    assert said.startswith(f"config.toml:{line}: ")
    assert says in said


@pytest.mark.parametrize(
    ("only", "line", "says"),
    [
        (
            'only.approver = ["news"]',
            8,
            "only.approver limits a role that this person does not",
        ),
        ('[people.hanako.only]\nauthor = ["newz"]', 9, 'Did you mean "news"?'),
    ],
)
def test_a_role_is_limited_to_accounts_that_there_are(only, line, says):
    said = only_problem(COMPANY + HANAKO + only + "\n" + X)
    assert said.startswith(f"config.toml:{line}: ")
    assert says in said


def test_a_role_for_some_accounts_is_kept_with_them():
    only = 'only.author = ["news"]\n'
    hanako = load(COMPANY + HANAKO + only + X).people["hanako"]
    assert hanako.kept == ["author on news"]
    actor = hanako.actor("hyamada")
    assert (actor.roles, actor.on) == (frozenset(), {("author", "news")})


def test_one_operating_system_user_is_one_person():
    taro = HANAKO.replace("hanako", "taro").replace("Hanako", "Taro")
    said = only_problem(COMPANY + HANAKO + taro)
    assert said.startswith('config.toml:12: the operating-system user "hyamada" is already hanako.')


@pytest.mark.parametrize(
    "witness", ["data", "data/witness", "/srv/publisher/data/w", "x/../data/w"]
)
def test_the_witness_may_not_be_restored_together_with_the_data(witness):
    said = only_problem(f'witness = "{witness}"\n' + COMPANY)
    assert said.startswith("config.toml:1: witness is inside the data directory.")


@pytest.mark.parametrize("key", ["file:data/vault.keys", "file:/srv/publisher/x/../data/a/keys"])
def test_the_keys_of_the_vault_may_not_be_copied_together_with_the_data(key):
    said = only_problem(f'{COMPANY}[vault]\nkey = "{key}"\n')
    assert "outside of the data directory" in said


@pytest.mark.parametrize("key", ["0123456789abcdef", "vault.keys", "https://example.com/keys"])
def test_a_key_of_the_vault_is_named_and_never_stands_in_the_file(key):
    said = only_problem(f'{COMPANY}[vault]\nkey = "{key}"\n')
    assert "file:PATH or env:NAME" in said
    assert key not in said


@pytest.mark.parametrize("key", ["", "env:KEYS", "file:../keys", "file:$CREDENTIALS_DIRECTORY/k"])
def test_the_keys_of_the_vault_come_from_elsewhere(key):
    assert load(f'{COMPANY}[vault]\nkey = "{key}"\n').vault_key == key


def test_an_account_may_leave_its_credentials_to_the_vault():
    text = COMPANY + X.partition("[accounts.news.credentials]")[0]
    assert load(text).accounts["news"].credentials == {}


def test_the_data_may_stand_beside_a_witness_of_a_similar_name():
    assert load('witness = "data-witness"\n' + COMPANY).witness.name == "data-witness"


@pytest.mark.hazard("H7")
def test_a_lease_outlasts_the_longest_send():
    enough = 30 + config.LEASE_MARGIN
    assert load(COMPANY + f"[daemon]\nlease = {enough}\n").daemon.lease == enough
    said = only_problem(COMPANY + f"[daemon]\nlease = {enough - 1}\n")
    assert said.startswith("config.toml:4: ")
    assert f"Set it to {enough} or more" in said


@pytest.mark.parametrize(
    "health", ["0.0.0.0:8091", "example.com:80", "127.0.0.1", "127.0.0.1:99999", ":80"]
)
def test_the_health_answer_stays_on_this_machine(health):
    assert "daemon.health" in only_problem(COMPANY + f'[daemon]\nhealth = "{health}"\n')


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("sqlite:///here.db", "sqlite:////srv/publisher/here.db"),
        ("sqlite:////var/lib/there.db", "sqlite:////var/lib/there.db"),
        ("sqlite:///{data}/x.db", "sqlite:////srv/publisher/data/x.db"),
        ("postgresql+psycopg://db/publisher", "postgresql+psycopg://db/publisher"),
    ],
)
def test_a_database_file_is_found_from_any_folder(setting, address):
    assert load(f'database = "{setting}"\n' + COMPANY).database == address


@pytest.mark.parametrize("setting", ["sqlite:///", "sqlite:///:memory:"])
def test_a_database_that_forgets_is_refused(setting):
    assert "needs a file" in only_problem(f'database = "{setting}"\n' + COMPANY)


def test_the_database_may_be_named_by_the_environment():
    text = 'database = "env:DB"\n' + COMPANY
    address = "postgresql+psycopg://me:hunter2hunter2@db/publisher"
    settings = load(text, {"DB": address})
    assert settings.database == address
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in json.dumps(config.show(settings))
    assert "DB is not set" in only_problem(text)
    assert "must start with" in only_problem(text, {"DB": "mysql://db/publisher"})


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_lines():
    text = (
        'wittness = "w"\nwitness = "data/w"\n[company]\nname = ""\n[daemon]\nworkers = 0\n'
        '[notify]\nboss = ["mailto://me"]\n'
        + X.replace('"x"', '"y"')
        + HANAKO.replace('["author"]', '["king"]')
        + HANAKO.replace("hanako", "taro").replace('name = "Hanako"\n', "")
    )
    said = problems(text)
    lines = [int(problem.split(":")[1]) for problem in said]
    assert lines == sorted(lines)
    for expected in ("wittness", "witness is inside", "company.name", "daemon.workers", '"boss"'):
        assert any(expected in problem for problem in said), (expected, said)
    for expected in ("notify.boss is not a reference", '"y"', '"king"', "people.taro.name"):
        assert any(expected in problem for problem in said), (expected, said)


@pytest.mark.parametrize("text", ["a=" + "[" * 5000, "a={" * 3000, "\x00", "[accounts]\nx = 1"])
def test_a_corrupt_file_is_a_list_of_problems_and_no_traceback(text):
    assert all(problem.startswith("config.toml:") for problem in problems(text))


def test_what_is_no_toml_is_said_with_its_line():
    said = only_problem(COMPANY + "data = \n")
    assert said.startswith("config.toml:3: not valid TOML")


def test_every_setting_can_be_shown_as_plain_data():
    text = COMPANY + "[daemon]\nlook_again = [0.1, 1]\n[notify]\ndefault = ['env:N']\n" + X + HANAKO
    shown = json.loads(json.dumps(config.show(load(text))))
    assert shown["accounts"]["news"]["credentials"]["consumer_key"] == "env:X_KEY"
    assert shown["daemon"]["look_again"] == [0.1, 1]
    assert shown["people"]["hanako"]["roles"] == ["author"]
    assert shown["notify"] == {"default": ["env:N"]}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('proxy = "proxy.example:3128"', "https://"),
        ('proxy = "http://us:hush@proxy.example"', "password"),
        ('ca_file = "missing.pem"', "no such file"),
    ],
)
def test_a_way_out_that_leads_nowhere_is_found_before_it_is_needed(line, says):
    said = "".join(problems(COMPANY + f"[outbound]\n{line}\n"))
    assert says in said
    assert "hush" not in said


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://us:hush@db/publisher",
        "postgresql+psycopg://us@db/publisher?password=hush",
        "postgresql+psycopg://db/publisher?user=us&sslmode=require&sslPassword=hush",
    ],
)
def test_a_database_address_that_holds_a_password_is_refused_and_not_repeated(address):
    said = "".join(problems(f'database = "{address}"\n' + COMPANY))
    assert "database holds a password" in said
    assert "hush" not in said


def test_a_proxy_is_an_address_or_a_reference():
    for proxy in ("env:PROXY_URL", "http://proxy.example:3128"):
        assert load(COMPANY + f'[outbound]\nproxy = "{proxy}"\n').outbound.proxy == proxy
