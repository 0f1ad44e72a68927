"""What is known of each measure, and that an unknown one gets no rights of its own."""

from typing import get_args

import pytest

from publisher.measures import MEASURES, About, MeasureName, about
from publisher.networks.registry import REGISTRY


def test_every_measure_has_a_row():
    assert set(MEASURES) == set(get_args(MeasureName))


def test_only_what_readers_see_less_of_takes_one_person():
    assert [name for name, one in MEASURES.items() if one.tightens] == ["hide"]


def test_a_measure_that_nobody_knows_takes_two_and_is_not_repeated():
    assert about("report") == About(tightens=False, repeatable=False)


@pytest.mark.parametrize("known", REGISTRY.values(), ids=list(REGISTRY))
def test_a_network_offers_what_there_is(known):
    assert known.measures <= MEASURES.keys()
