"""What the builder offers: the fields by their groups, how each may be compared, and the values to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vocapp.domain.segments.rows import COMPARISONS, WITH_DAY, WITH_LIST, WITHOUT_VALUE, kind_of
from vocapp.domain.segments.variables import ATTRIBUTES, CONSENTS
from vocapp.domain.sentiment import LABELS
from vocapp.domain.value import STAGES
from vocapp.services import purchasing
from vocapp.services.browsing import personas, segments, surveys
from vocapp.services.staff import Scope
from vocapp.web.console import filters
from vocapp.web.console.words import Words

OTHER_ATTRIBUTE: Final = f"{ATTRIBUTES}*"
OTHER_CONSENT: Final = f"{CONSENTS}*"
"""Stand for a name that is typed beside them."""
PLACE: Final = "place.path"

GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("scores", ("scores.nps", "scores.nps.category", "scores.nps.days", "scores.csat", "scores.csat.days",
                "scores.ces", "scores.ces.days")),
    ("said", ("sentiment.label", "sentiment.days")),
    ("purchases", ("value.stage", "value.orders", "value.months", "value.basket_minor", "value.revenue_minor",
                   "value.refunded_minor", "value.last.days", "value.last.at", "value.first.days", "value.first.at")),
    ("persona", ("persona.key", "persona.confidence", "persona.days")),
    ("place", (PLACE, "place.key")),
    ("profile", ("customer.locale", "customer.external_id", "customer.first_name", "customer.last_name",
                 "customer.email", "customer.phone", "customer.timezone")),
)  # fmt: skip
MONEY: Final = frozenset({"value.basket_minor", "value.revenue_minor", "value.refunded_minor"})
_TONES: Final = ("detractor", "passive", "promoter")
_OF_CHOICES: Final = ("is", "is_not", "one_of", "none_of", "known", "unknown")
_USUAL: Final = {PLACE: ("contains", "lacks", "known", "unknown")}


@dataclass(frozen=True, slots=True)
class Offers:
    """Of one workspace, in one language."""

    words: Words
    currency: str
    personas: Mapping[str, str]
    places: tuple[filters.PlaceChoice, ...]
    attributes: Mapping[str, Mapping[str, str]]
    """Name → the choices that a question gives for it, by what is kept."""

    def groups(self, chosen: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the fields as a list offers them; `chosen` is among them, whatever it is."""
        say = self.words["segment_groups"]
        found = [(say[group], [(name, self.name(name)) for name in names]) for group, names in GROUPS]
        own = [(f"{ATTRIBUTES}{key}", self.name(f"{ATTRIBUTES}{key}")) for key in self.attributes]
        found.append((say["attributes"], [*own, (OTHER_ATTRIBUTE, self.words["other_attribute"])]))
        consents = [(f"{CONSENTS}surveys", self.name(f"{CONSENTS}surveys"))]
        found.append((say["consents"], [*consents, (OTHER_CONSENT, self.words["other_consent"])]))
        if chosen and not any(name == chosen for _, names in found for name, _ in names):
            found.append((say["others"], [(chosen, self.name(chosen))]))
        return found

    def name(self, name: str) -> str:
        """Return in words what a rule looks at."""
        if name.startswith(ATTRIBUTES):
            # « Panier moyen » is calculated, and a tool may send its own
            said = self.words.of("attribute_names", name.removeprefix(ATTRIBUTES))
            is_taken = said in self.words["segment_fields"].values()
            return str(self.words["attribute_named"].format(name=said)) if is_taken else said
        if name.startswith(CONSENTS):
            purpose = name.removeprefix(CONSENTS)
            return str(self.words["consent_to"].format(purpose=self.words.of("purposes", purpose)))
        return str(self.words["segment_fields"].get(name, name))

    def comparisons(self, name: str, chosen: str) -> list[tuple[str, str]]:
        """Return how a field may be compared, in words; `chosen` is among them."""
        allowed = comparisons_of(name, closed=self.choices(name, "is", ()) is not None)
        told = [*allowed, *([] if chosen in allowed or not chosen else [chosen])]
        return [(one, self.comparison(name, one)) for one in told]

    def comparison(self, name: str, comparison: str, *, said: bool = False) -> str:
        """Return in words how a field is compared: as a choice, or `said` in a sentence."""
        say = self.words["comparisons"]
        kind = "place" if name == PLACE else kind_of(name)
        keys = [f"said.{kind}.{comparison}", f"{kind}.{comparison}", f"said.{comparison}", comparison]
        return next(str(say[key]) for key in keys if key in say and (said or not key.startswith("said.")))

    def choices(self, name: str, comparison: str, chosen: Iterable[str]) -> list[tuple[str, str]] | None:
        """Return the values one chooses from, those chosen among them; None: a value is typed."""
        found = self._choices(name)
        if found is None or comparison in WITHOUT_VALUE or comparison in WITH_DAY:
            return None
        if kind_of(name) == "anything" and comparison not in {
            "is",
            "is_not",
            "differs",
            *WITH_LIST,
            "contains",
            "lacks",
        }:
            return None
        known = {key for key, _ in found}
        return [*found, *((one, one) for one in chosen if one not in known)]

    def unit(self, name: str) -> str:
        """Return what a number counts, where that is not in the field's name."""
        if name in MONEY:
            return self.currency
        return str(self.words["unit_days"]) if kind_of(name) == "days" else ""

    def _choices(self, name: str) -> list[tuple[str, str]] | None:
        w = self.words
        if name == "scores.nps.category":
            return [(key, w.of("tones", key)) for key in _TONES]
        if name == "sentiment.label":
            return [(key, w.of("tone_names", key)) for key in LABELS]
        if name == "value.stage":
            return [(key, w.of("stage_names", key)) for key in STAGES]
        if name == "persona.key":
            return list(self.personas.items())
        if name == "place.key":
            return [(one.key, one.label) for one in self.places]
        if name == PLACE:
            return [(f"/{one.key}/", one.label) for one in self.places]
        if name.startswith(CONSENTS):
            return [("true", w["yes"]), ("false", w["no"])]
        if name.startswith(ATTRIBUTES):
            given = self.attributes.get(name.removeprefix(ATTRIBUTES))
            return list(given.items()) if given else None
        return None


def comparisons_of(name: str, *, closed: bool = False) -> tuple[str, ...]:
    """Return how a field may be compared; `closed`: one chooses its value from a few."""
    if name in _USUAL:
        return _USUAL[name]
    kind = kind_of(name)
    return _OF_CHOICES if closed and kind == "text" else COMPARISONS[kind]


def offers_of(*, scope: Scope, words: Words) -> Offers:
    """Read what the rules of a workspace may name, in a constant number of statements."""
    workspace_id = scope.workspace_id
    settings, _ = purchasing.settings_of(workspace_id=workspace_id)
    known = personas.list_personas(workspace_id=workspace_id, language=words.language)
    attributes: dict[str, dict[str, str]] = {key: {} for key in segments.list_attributes(workspace_id=workspace_id)}
    for (attribute, value), text in surveys.list_words(
        workspace_id=workspace_id, language=words.language
    ).choices.items():
        attributes.setdefault(attribute, {})[value] = text
    names: Mapping[str, Any] = words["attribute_names"]
    ordered = sorted(attributes, key=lambda key: str(names.get(key, key)).casefold())
    return Offers(
        words=words,
        currency=settings.currency,
        personas={key: one.name for key, one in known.items()},
        places=tuple(filters.place_choices(scope)),
        attributes={key: attributes[key] for key in ordered},
    )
