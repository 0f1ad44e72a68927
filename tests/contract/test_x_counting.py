"""Counting for X, held to twitter-text's published conformance data (PUBLISHER_CONTRACTS)."""

import os
from pathlib import Path

import pytest
import yaml

from publisher.networks.text import autolink, weight

FOLDER = os.environ.get("PUBLISHER_CONTRACTS")
LINKS = (
    "urls",
    "urls_with_indices",
    "urls_with_directional_markers",
    "tco_urls_with_params",
)


def cases(name, *groups):
    """The cases of some groups of a file, or one that says why there are none."""
    if FOLDER is None:
        return [pytest.param(None, marks=pytest.mark.skip("PUBLISHER_CONTRACTS is not set"))]
    tests = yaml.load((Path(FOLDER) / "twitter-text" / name).read_text(), yaml.CSafeLoader)["tests"]
    return [
        pytest.param(case, id=f"{group}-{index}")
        for group in groups or tests
        for index, case in enumerate(tests[group])
    ]


def found(text):
    return [
        (link.start, text[link.start : link.start + link.size]) for link in autolink.links(text)
    ]


@pytest.mark.parametrize(
    "case", cases("validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest")
)
def test_a_text_weighs_on_x_what_twitter_text_says(case):
    assert weight.weigh(case["text"]) == case["expected"]["weightedLength"]


@pytest.mark.parametrize("case", cases("extract.yml", *LINKS))
def test_a_link_is_what_twitter_text_extracts(case):
    links = found(case["text"])
    if case["expected"] and isinstance(case["expected"][0], dict):
        assert links == [(each["indices"][0], each["url"]) for each in case["expected"]]
    else:
        assert [url for _, url in links] == case["expected"]


def test_every_top_level_domain_makes_a_link():
    if FOLDER is None:
        pytest.skip("PUBLISHER_CONTRACTS is not set")
    wrong = [
        case["text"]
        for (case,) in (each.values for each in cases("tlds.yml"))
        if [url for _, url in found(case["text"])] != case["expected"]
    ]
    assert not wrong
