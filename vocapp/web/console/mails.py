"""The invitations: what went, what did not, and what was decided why."""

from __future__ import annotations

from flask import Response, request

from vocapp.services import staff
from vocapp.services.browsing import feed, mails
from vocapp.web.console import cursors, filters, frame, guard
from vocapp.web.console.blueprint import blueprint


@blueprint.get("/console/mails", endpoint="mails")
def mail_list() -> Response:
    scope, language = guard.scope(), frame.language()
    choices = filters.place_choices(scope)
    place = filters.chosen_place(choices)
    surveys = feed.list_surveys(workspace_id=scope.workspace_id, language=language)
    reasons = tuple(frame.words()["reasons"])
    chosen = {
        "status": filters.one_of("status", ("not_sent", *mails.STATUSES), ""),
        "reason": filters.one_of("reason", reasons, ""),
        "survey": filters.one_of("survey", tuple(key for key, _ in surveys), ""),
        "place": place or "",
    }
    before = cursors.read_id(request.args.get("before"))
    found = mails.list_mails(
        scope=staff.narrowed(scope, place=place),
        wanted=mails.MailFilter(
            survey=chosen["survey"] or None, status=chosen["status"] or None, reason=chosen["reason"] or None
        ),
        before=before,
    )
    return frame.page(
        "mails.html",
        section="mails",
        mails=found.mails,
        next=cursors.write_id(found.next) if found.next else None,
        is_first=before is None,
        chosen=chosen,
        kept=filters.kept(chosen),
        statuses=mails.STATUSES,
        reasons=reasons,
        surveys=surveys,
        titles=dict(surveys),
        places=choices,
        place_names={choice.key: choice.label.strip() for choice in choices},
    )
