"""Salaries in words, from columns and from objects."""

from collections.abc import Mapping, Sequence

from data.sources.values import is_empty, text_value, unpack


def salary_text(values: Mapping[str, object], columns: Mapping[str, str], where: str) -> str:
    """Return a salary in words, such as `GBP 40000 to 50000 a year`; nothing where no number is said."""
    texts = {field: _amount(value, columns[field], where) for field, value in values.items() if not is_empty(value)}
    low, high = texts.get("salary_min", ""), texts.get("salary_max", "")
    if not (low or high):
        return texts.get("salary", "")
    amount = f"{low} to {high}" if low and high and low != high else low or high
    return " ".join(filter(None, (texts.get("salary_currency", ""), amount, texts.get("salary_period", "").lower())))


def _amount(value: object, name: str, where: str) -> str:
    """Return a salary's text; schema.org and USAJOBS nest it."""
    value = unpack(value)
    if isinstance(value, list):
        value = next((one for one in value if not is_empty(one)), "")
    if not isinstance(value, Mapping):
        return _number(text_value(value, name, where))
    flat = {**value, **(inner if isinstance(inner := value.get("value"), Mapping) else {})}
    found = {
        field: next((flat[key] for key in keys if not is_empty(flat.get(key))), None)
        for field, keys in SALARY_KEYS.items()
    }
    return salary_text(found, dict.fromkeys(found, name), where)


SALARY_KEYS: Mapping[str, Sequence[str]] = {
    "salary": (
        "value",
        "text",
        "summary",
        "compensationTierSummary",
        "scrapeableCompensationSalarySummary",
        "Description",
    ),
    "salary_min": ("minValue", "min", "MinimumRange", "from", "minimum"),
    "salary_max": ("maxValue", "max", "MaximumRange", "to", "maximum"),
    "salary_currency": ("currency", "currencyCode", "CurrencyCode"),
    "salary_period": ("unitText", "interval", "period", "Description", "RateIntervalCode"),
}


def _number(text: str) -> str:
    return text.removesuffix(".0")
