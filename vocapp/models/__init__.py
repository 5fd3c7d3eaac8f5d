"""The tables, and plain questions asked of them. Import names from here, or statements from the module of the noun."""

from vocapp.models.alerts import Alert, AlertMove, Signal
from vocapp.models.base import (
    Base,
    autocommit,
    database_now,
    db,
    on_postgresql,
    read_singly,
    snapshot,
    transaction,
)
from vocapp.models.buyers import BuyerRow, CohortSum
from vocapp.models.checkups import Checkup
from vocapp.models.counters import Counter, Tally, counted
from vocapp.models.customers import Attribute, Consent, Contact, Customer, LedgerEntry
from vocapp.models.drivers import DriverReport
from vocapp.models.erasures import AnonymousCallback, AnonymousResponse, Erasure, ToldBefore
from vocapp.models.feed import Change, Installation
from vocapp.models.idempotency import IdempotentCall
from vocapp.models.ids import new_id
from vocapp.models.journey import Event, Invitation, Response
from vocapp.models.letters import Letter
from vocapp.models.logos import Logo
from vocapp.models.mail import MailHalt, MailReport
from vocapp.models.notices import Notice, NotifierRow
from vocapp.models.outbox import Fact
from vocapp.models.promises import CallbackSlot, Promise
from vocapp.models.publications import Publication, PublicLink, PublishedFigure
from vocapp.models.purchases import AnonymousPurchase, CustomerValue, Purchase, Sales
from vocapp.models.replays import Replay
from vocapp.models.reports import ReportMail, ReportQuote, ReportSubscription
from vocapp.models.segments import Following, Membership, PortraitRow, SegmentRow
from vocapp.models.stages import PlaceStageCount, StageCount, StageMove
from vocapp.models.summaries import Summary
from vocapp.models.surveys import AlertRuleVersion, PersonaVersion, SurveyHold, SurveyRecord, SurveyVersion
from vocapp.models.themes import ThemeMention, ThemeStretch, ThemeVersion
from vocapp.models.verbatims import Tag, Tagging, Verbatim, VerbatimView
from vocapp.models.workspaces import ApiKey, AuditEntry, Member, Place, StaffSession, User, Workspace

__all__ = [
    "Alert",
    "AlertMove",
    "AlertRuleVersion",
    "AnonymousCallback",
    "AnonymousPurchase",
    "AnonymousResponse",
    "ApiKey",
    "Attribute",
    "AuditEntry",
    "Base",
    "BuyerRow",
    "CallbackSlot",
    "Change",
    "Checkup",
    "CohortSum",
    "Consent",
    "Contact",
    "Counter",
    "Customer",
    "CustomerValue",
    "DriverReport",
    "Erasure",
    "Event",
    "Fact",
    "Following",
    "IdempotentCall",
    "Installation",
    "Invitation",
    "LedgerEntry",
    "Letter",
    "Logo",
    "MailHalt",
    "MailReport",
    "Member",
    "Membership",
    "Notice",
    "NotifierRow",
    "PersonaVersion",
    "Place",
    "PlaceStageCount",
    "PortraitRow",
    "Promise",
    "PublicLink",
    "Publication",
    "PublishedFigure",
    "Purchase",
    "Replay",
    "ReportMail",
    "ReportQuote",
    "ReportSubscription",
    "Response",
    "Sales",
    "SegmentRow",
    "Signal",
    "StaffSession",
    "StageCount",
    "StageMove",
    "Summary",
    "SurveyHold",
    "SurveyRecord",
    "SurveyVersion",
    "Tag",
    "Tagging",
    "Tally",
    "ThemeMention",
    "ThemeStretch",
    "ThemeVersion",
    "ToldBefore",
    "User",
    "Verbatim",
    "VerbatimView",
    "Workspace",
    "autocommit",
    "counted",
    "database_now",
    "db",
    "new_id",
    "on_postgresql",
    "read_singly",
    "snapshot",
    "transaction",
]
