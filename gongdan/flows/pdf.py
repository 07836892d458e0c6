"""The PDF of a paper: asked for on its page, made by the work process."""

from __future__ import annotations

from datetime import datetime

from gongdan.audit import queries as audit
from gongdan.audit.actions import record
from gongdan.files import jobs, queries
from gongdan.files.events import Verb
from gongdan.files.rules import size_of
from gongdan.kernel.actor import Actor


def ask(paper_id: int, size: str, *, by: Actor, at: datetime) -> None:
    """Have the PDF made in this size, unless it is there. Refused: no such paper, no such size."""
    paper = queries.paper(paper_id)
    code = size_of(size).code
    copy = queries.pdf_of(paper, code)
    if copy is None or copy.attachment_id is None:
        record(Verb.PDF_ASKED, paper, by=by, at=at, number=paper.number, size=code)


def make(event_id: int, *, at: datetime) -> None:
    """What follows from `ask`. Safe to run twice."""
    event = audit.event(event_id)
    jobs.make_pdf(event.subject_id, event.facts["size"], at=at)
