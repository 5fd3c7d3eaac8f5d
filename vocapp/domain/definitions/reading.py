"""A whole survey definition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, cast

from vocapp.domain.definitions.questions import KEY, QuestionReader
from vocapp.domain.rules import Roots, check
from vocapp.domain.survey import MOST_QUESTIONS, InvitationTexts, Question, Survey, Trigger

_KEYS = (
    "key", "title", "default_language", "layout", "order", "priority", "trigger", "invitation", "questions", "thanks",
)  # fmt: skip
_MOST_CANDIDATES = 100
_LONGEST_DELAY = timedelta(days=365)


class SurveyReader(QuestionReader):
    """Reads one document; use a new one for the next."""

    def survey(self, document: Any, version: int) -> Survey | None:
        """Take a document; what is returned counts only if no fault was noted."""
        if not self.fits(document):
            return None
        fields = self.mapping(document, "", allowed=_KEYS, required=("key", "title", "default_language", "questions"))
        if fields is None:
            return None
        default = self.settle_languages(fields) if "default_language" in fields else ""
        questions = self._questions(fields.get("questions"))
        layout = self.one_of(fields.get("layout", "steps"), "/layout", ("steps", "page"))
        order = self.one_of(fields.get("order", "authored"), "/order", ("authored", "worth"))
        return Survey(
            key=self.key(fields["key"], "/key", KEY, "post_delivery") if "key" in fields else "",
            version=version,
            title=self.text(fields["title"], "/title", longest=200, one_line=True) if "title" in fields else {},
            default_language=default,
            questions=questions,
            layout=cast('Literal["steps", "page"]', layout),
            order=cast('Literal["authored", "worth"]', order),
            priority=self.whole(fields.get("priority", 50), "/priority", least=0, most=100),
            trigger=self._trigger(fields["trigger"]) if "trigger" in fields else None,
            invitation=self._invitation(fields["invitation"]) if "invitation" in fields else None,
            thanks=self.text(fields["thanks"], "/thanks", longest=2000) if "thanks" in fields else None,
            by_key={question.key: question for question in questions},
            languages=self.languages,
        )

    def _questions(self, value: Any) -> tuple[Question, ...]:
        if value is None:
            return ()
        items = list(self.items(value, "/questions", most=_MOST_CANDIDATES, what="questions"))
        if value == []:
            self.refuse("/questions", "a survey without a question asks nothing")
        all_keys = frozenset(key for _, item in items if isinstance(key := _key_of(item), str))
        before: set[str] = set()
        questions = []
        for pointer, item in items:
            question = self.question(item, pointer, frozenset(before), all_keys)
            if question is not None:
                questions.append(question)
                before.add(question.key)
        must_ask = sum(question.must_ask for question in questions)
        if must_ask > MOST_QUESTIONS:
            detail = f"{must_ask} questions are must_ask, and nobody is asked more than {MOST_QUESTIONS}"
            self.refuse("/questions", detail)
        return tuple(questions)

    def _trigger(self, value: Any) -> Trigger | None:
        allowed = ("event", "active", "when", "delay", "hot_for", "sample")
        fields = self.mapping(value, "/trigger", allowed=allowed, required=("event",))
        if fields is None:
            return None
        for fault in check(fields["when"], roots=Roots(), pointer="/trigger/when") if "when" in fields else []:
            self.refuse(fault.pointer, fault.detail)
        delay = self.duration(fields.get("delay", "PT0S"), "/trigger/delay")
        hot_for = self.duration(fields.get("hot_for", "PT48H"), "/trigger/hot_for")
        if delay > _LONGEST_DELAY:
            self.refuse("/trigger/delay", f"a delay is at most {_LONGEST_DELAY.days} days")
        elif delay >= hot_for:
            self.refuse("/trigger/delay", "with a delay as long as hot_for, every invitation would come too late")
        event = fields.get("event")
        return Trigger(
            event="" if event is None else self.string(event, "/trigger/event", longest=200, what="an event's name"),
            when=fields.get("when"),
            delay=delay,
            hot_for=hot_for,
            sample=self.number(fields.get("sample", 1.0), "/trigger/sample", least=0, most=1),
            active=self.boolean(fields.get("active", True), "/trigger/active"),
        )

    def _invitation(self, value: Any) -> InvitationTexts | None:
        both = ("subject", "body")
        fields = self.mapping(value, "/invitation", allowed=both, required=both)
        if fields is None or len(fields) < len(both):
            return None
        return InvitationTexts(
            subject=self.text(fields["subject"], "/invitation/subject", longest=300, one_line=True),
            body=self.text(fields["body"], "/invitation/body", longest=10_000),
        )


def _key_of(item: Any) -> Any:
    return item.get("key") if isinstance(item, Mapping) else None
