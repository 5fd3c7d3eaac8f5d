"""The console in English: customers, and one of them as a whole."""

from __future__ import annotations

from typing import Any

CUSTOMERS: dict[str, Any] = {
    "all_customers": "See all customers",
    "all_sentiments": "Any tone",
    "all_personas": "Any persona",
    "older_customers": "Older customers",
    "no_customers": "No customer so far",
    "no_customers_help": "Customers come with events, by the API, or from a file with the command "
                         "“vocapp customers import”.",
    "contact_says": {
        "allowed": "May be written to.",
        "quiet_hours": "May be written to {when}: these are the quiet hours.",
        "later": "May be written to again {when}: {reason}.",
        "never": "May not be written to: {reason}.",
    },
    "cap_because": ("{n} message this week, which is enough", "{n} messages this week, which is enough"),
    "when_says": {"today": "today at {time}", "tomorrow": "tomorrow at {time}", "weekday": "on {day} at {time}",
                  "day": "on {day}"},
    "sent_week": ("{n} message in 7 days", "{n} messages in 7 days"),
    "all_scores": "All scores",
    "because": "Why",
    "expects": "What matters to this persona",
    "no_persona": "Not enough answers yet to propose one.",
    "no_older": "Nothing older.",
    "older_story": "Older",
    "newest_again_story": "Back to the newest",
    "text_version": "text {version}",
    "consent_sources": {"checkout": "at checkout", "api": "API", "import": "file", "survey": "in a survey",
                        "unsubscribe": "unsubscribe link", "preferences": "preferences page", "demo": "demonstration"},
    "attribute_names": {"buys_for": "Buys for", "gift_for": "Gives to", "gift_occasion": "Occasion",
                        "buys_again": "Expects to return", "lifecycle_stage": "Stage", "orders_count": "Orders",
                        "average_basket": "Average basket", "lifetime_value": "Value so far",
                        "discount_share": "Share bought on offer", "matters_most": "Matters most",
                        "store_reason": "Reason to visit", "city": "City", "favourite_store": "Favourite store",
                        "home_store": "Usual store"},
    "known_from": "known since {day}",
    "property_names": {"order_number": "Order", "total": "Amount", "store_name": "Store", "product_name": "Product",
                       "gift_wrap": "Gift wrapping", "shipping_method": "Delivery", "coupon": "Discount code",
                       "order_count": "Number of orders", "channel": "Channel", "subject": "Subject",
                       "agent_name": "Agent", "plan_name": "Plan", "renews_on": "Renews on",
                       "currency": "Currency", "promised_on": "Promised on", "late_days": "Days late"},
    "property_values": {"channel": {"web": "website", "store": "store", "phone": "phone", "email": "email"}},
}  # fmt: skip
