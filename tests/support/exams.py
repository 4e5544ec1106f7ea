"""Strategies for exams as a vendor posts them: in order, and as the posts may arrive."""

import json
from dataclasses import dataclass, field

from hypothesis import strategies as st

from proctor_results.sessions.report import Report
from tests.support.session_histories import histories


@dataclass(frozen=True, kw_only=True)
class Post:
    """A report on its way to the service."""

    identifier: str
    report: Report

    def __repr__(self) -> str:
        return self.body.decode()

    @property
    def body(self) -> bytes:
        """The body that Supervisor would post."""
        fields = {
            _SUPERVISOR_NAMES.get(name, name): value
            for name, value in self.report.facts.items()
            if "." not in name
        }
        return json.dumps(
            {**fields, "averages": dict(self.report.averages), "identifier": self.identifier}
        ).encode()


_SUPERVISOR_NAMES = {"started_at": "startedAt", "stopped_at": "stoppedAt", "signed_at": "signedAt"}


@dataclass(frozen=True, kw_only=True)
class Exam:
    """One session, and the reports of its vendor in their order."""

    identifier: str
    sent: tuple[Report, ...]

    def posts(self, identifier: str) -> list[Post]:
        """Return the posts as if they were about the session of that identifier."""
        return [Post(identifier=identifier, report=report) for report in self.sent]


@dataclass(frozen=True, kw_only=True)
class ExamDay:
    """Several exams at once. `arrivals` are all posts in any order, some of them repeated."""

    exams: tuple[Exam, ...] = field(repr=False)
    arrivals: tuple[Post, ...]


@st.composite
def exam_days(draw: st.DrawFn) -> ExamDay:
    drawn_histories = draw(st.lists(histories(), min_size=1, max_size=3))
    exams = tuple(
        Exam(identifier=f"exam-{number}", sent=history.sent)
        for number, history in enumerate(drawn_histories, 1)
    )
    posts = [post for exam in exams for post in exam.posts(exam.identifier)]
    repeated = draw(st.lists(st.sampled_from(posts), max_size=5))
    return ExamDay(exams=exams, arrivals=tuple(draw(st.permutations([*posts, *repeated]))))
