"""The world's currencies, and how an amount of each is kept: as a whole number of its smallest unit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

USUAL_DIGITS: Final = 2
_OTHERS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_USUAL: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
DIGITS: Final[dict[str, int]] = {
    **dict.fromkeys(_USUAL.split(), USUAL_DIGITS),
    **{currency: digits for digits, names in _OTHERS.items() for currency in names.split()},
}
"""Currency → digits behind the point (ISO 4217, those in use in 2026; BGN and others for the years they were)."""

UNNAMED_DIGITS: Final = 6
"""Of an amount whose currency is not named: more than any has, so that it can become a whole number of each."""


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in the currency's smallest unit, halves away from nought, as shops round."""
    return int(amount.scaleb(DIGITS[currency]).to_integral_value(ROUND_HALF_UP))


def to_unnamed(amount: Decimal) -> int:
    """Return an amount of a currency still to be named, in millionths."""
    return int(amount.scaleb(UNNAMED_DIGITS).to_integral_value(ROUND_HALF_UP))


def named(unnamed: int, currency: str) -> int:
    """Return what `to_unnamed` made of an amount in the smallest unit of a currency."""
    return to_minor(Decimal(unnamed).scaleb(-UNNAMED_DIGITS), currency)


def to_major(minor: float, currency: str) -> Decimal:
    """Return an amount of the smallest unit as people write it."""
    return Decimal(str(minor)).scaleb(-DIGITS[currency])
