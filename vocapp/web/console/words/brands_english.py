"""The brands: the words of their pages in the settings."""

from __future__ import annotations

from typing import Any

BRANDS: dict[str, Any] = {
    "brand": "The brand",
    "brand_help": "What your customers see on the pages of the surveys and at the head of your mails.",
    "brand_name": "Name of the brand",
    "brand_name_help": "Left empty, it is the workspace’s name.",
    "accent": "Colour",
    "accent_help": "Such as #3546b8. It is made darker or lighter by as much as it takes to be readable.",
    "brand_open": "Name, logo, colour, sender and voice of this brand",
    "brand_of": "The brand {name}",
    "brand_look_help": "How this brand shows itself to its customers, in all that is below it: survey pages, mails, "
    "preferences and callbacks. Limits and unsubscriptions count for the whole company.",
    "brand_empty_help": "Left empty, the name of the brand above, or of the workspace.",
    "logo_file_help": "PNG, JPEG or WebP, {most} kB at most, 16 to 2,000 pixels each way. Without a logo the "
    "name is written out; in mails also for a WebP, which Outlook does not show.",
    "logo_remove": "Remove the logo",
    "accent_as_is": "Readable as it is on light and dark paper.",
    "accent_shades": "To stay readable, shown as {light} on light paper and {dark} on dark paper.",
    "accent_contrast": "Contrast: {light} on light paper, {dark} on dark paper; 4.5 is needed.",
    "brand_sender_help": "Of the mails about this brand. Left empty, the sender of the workspace.",
    "accent_shown": "The colour chosen",
    "logo_url": "Logo",
    "logo_url_help": "The https address of a PNG or JPEG image, such as https://example.com/logo.png. SVG and WebP "
    "show on pages, but not in emails. Left empty, the name is written out.",
    "logo_upload": "To upload a file instead, open a place of the kind Brand",
    "logo_shown": "The logo",
    "voice": "Voice",
    "voice_help": "How you speak to your customers where no brand has a voice of its own.",
    "voice_open": "Formal or informal, signature, greeting and closing words",
    "brand_voice_help": "What is left empty is as for the brand above, else as for the workspace.",
    "formality": "Formal or informal",
    "formality_help": "« Vous » or « tu » in all that we write for you in French. English has no such choice, "
    "and the texts of your surveys stay as you wrote them.",
    "formalities": {"formal": "Formal (vous)", "informal": "Informal (tu)"},
    "as_above": "As above",
    "voice_in": "In {language}",
    "greeting": "Greeting",
    "greeting_help": "Such as “Hello {{ customer.first_name | default: 'there' }},”. For mails whose text is ours: "
    "apologies, letters, surveys without a text.",
    "closing": "Closing words",
    "closing_help": "Such as “See you soon,”.",
    "signature": "Signature",
    "signature_help": "Who signs, in four lines at most. Left empty, the name.",
    "voice_thanks": "Thanks",
    "voice_thanks_help": "At the end of surveys that have none. The first line is the heading.",
    "voice_variables": "These texts can name {{ customer.first_name }}, {{ event.agent }}, {{ brand.name }}. Say what "
    "is read where a value is missing: {{ customer.first_name | default: 'there' }}.",
    "voice_gap": "Still to say: what is read where a value is missing ({names}), as shown below.",
    "voice_whys": {
        "one_line": "one line of {characters} characters at most",
        "lines": "{lines} lines and {characters} characters at most",
        "odd": "it holds a control character or one that cannot be seen",
        "identity": "a customer’s reference, address and number have no place there ({name})",
        "unknown": "there is no {name}; there are customer.first_name, customer.last_name, event.name, event.place, "
        "event.agent and brand.name",
        "elsewhere": "{name} is not known to every mail; only the thanks may name it",
        "filter": "there is no filter {name}",
        "liquid": "its Liquid cannot be read, a brace or an endif may be missing",
    },
    "advisers_named": "Advisers’ names beside figures",
    "advisers_help": "A figure from a few answers says little about the person who served.",
    "smallest": "Answers it takes to name an adviser",
    "smallest_help": "{low} to {high}. With fewer, nobody is named beside a figure.",
    "looks": "What comes of it",
    "looks_help": "As it is saved, in one of your surveys.",
    "looks_more": "See the whole survey",
    "looks_try": "See with this form",
    "looks_try_part": "{part}: see with this form",
    "looks_try_help": "To see a change before saving it (but for a new logo): “See with this form”.",
    "looks_unfit": "Something in the form needs mending; “Save” says what.",
    "looks_none": "Publish a survey to see what comes of it.",
}

BRAND_ERRORS = {"voice": "This text does not do: {why}."}
BRAND_FIELDS = {
    "formality": "formal or informal", "greeting": "greeting", "closing": "closing words", "signature": "signature",
    "thanks": "thanks", "sender_name": "sender", "sender_address": "address to send from",
}  # fmt: skip
