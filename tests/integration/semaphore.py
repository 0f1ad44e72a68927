"""A network that nobody has: towers wave flags at each other. Known here and nowhere in the program."""

import re
from collections.abc import Mapping
from datetime import date

import pytest

from publisher.content import Account, Content, Fit, Part, Rendered
from publisher.networks.about import About, Option, Permalink, Secret, id_in
from publisher.networks.registry import REGISTRY
from publisher.networks.text.wording import compose
from publisher.words import part

TOWER = """
[accounts.tower]
network = "semaphore"
calendar = "office"
disclaimers = "standard"
lang = "en"
user_id = "1794"
base_url = "http://127.0.0.1:9/tower"
owner = "Comms"
sandbox = true
options = {hill = "montmartre"}
[accounts.tower.credentials]
flags = "env:SECRET"
signaller = "env:SECRET"
"""


def _address(post: str, account: Account) -> str:
    return f"{ABOUT.base(account)}/signal/{post}"


def _outdated(options: Mapping[str, str], today: date) -> dict[str, str] | None:
    late = today.year > 2029 and options
    return part("problem.plain", said="the hill was built upon: choose another") if late else None


ABOUT = About(
    name="semaphore",
    title="Semaphore",
    adapter="semaphore:Semaphore",
    secrets=(
        Secret("flags", part("problem.plain", said="the colours of the tower's flags")),
        Secret(
            "signaller",
            part("problem.plain", said="the name of who waves them"),
            sandbox="{name}",
            public=True,
        ),
    ),
    options=(
        Option(
            "hill",
            re.compile("[a-z]+"),
            part("problem.plain", said="the name of a hill"),
            required=True,
            lands=True,
        ),
        Option("height"),
    ),
    permalink=Permalink(id_in(re.compile(r"^(?:.*/)?signal/(\d{1,9})$")), _address),
    dedupe="listing",
    limit=400,
    site_limits={"text_min": 3},
    image=Fit(64, 10_000),
    images_note=part("problem.plain", said="Pictures are waved line by line."),
    notices="semaphore",
    edits=frozenset({"text"}),
    look_again=(1, 2),
    outdated=_outdated,
)


class Semaphore:
    """What a text is there; the rest the world's obedient adapter does."""

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:
        text = compose(content.text, link=content.link, notice=disclaimer)
        return Rendered(
            network=account.network,
            parts=(Part(text, content.media),),
            link=content.link,
            lang=content.lang,
            disclaimer=disclaimer,
            length=len(text),
            limit=ABOUT.limit,
        )

    @staticmethod
    def source(rendered: Rendered) -> str:
        return rendered.text


def raise_towers(patch: pytest.MonkeyPatch, about: About = ABOUT) -> None:
    """Add the network as its line in the registry would."""
    patch.setitem(REGISTRY, about.name, about)  # type: ignore[arg-type]
