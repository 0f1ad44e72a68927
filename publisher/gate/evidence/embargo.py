"""Until when something in it is confidential: by its author, or by a word under embargo."""

from publisher.gate.subject import Asked, Evidence, Fields, Subject
from publisher.policy.detect.embargo import until


def _fields(_found: None, of: Subject, asked: Asked) -> Fields:
    tx = asked.tx
    both = (of.revision.embargo_until, until(of.rendered, tx.policy.embargoes, tx.now))
    return {"embargo_until": max((at for at in both if at is not None), default=None)}


EVIDENCE = Evidence(_fields)
