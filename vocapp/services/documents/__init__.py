"""The documents that leave the house: what GET answers and what the export streams carry, built many at a time.

Each builder takes ids of one workspace and returns `{id: document}`; an id that is not there is left out. Times are
aware datetimes and ids UUIDs: the JSON writer turns them into text.
"""

from vocapp.services.documents.alerts import alert_documents, external_document
from vocapp.services.documents.customers import customer_documents
from vocapp.services.documents.history import consent_documents, event_documents
from vocapp.services.documents.memberships import membership_documents
from vocapp.services.documents.responses import response_documents

__all__ = [
    "alert_documents",
    "consent_documents",
    "customer_documents",
    "event_documents",
    "external_document",
    "membership_documents",
    "response_documents",
]
