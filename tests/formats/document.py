"""The document that all files are compared with, and how figures are rounded for people."""

import json
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

NO_VALUE = {"unknown", "N/A", "not included"}


def load(directory):
    """The document; floats are refused, because every figure is a string."""

    def refuse(text):
        raise AssertionError(f"a float in the document: {text}")

    return json.loads((directory / "disclosure.json").read_text(encoding="utf-8"), parse_float=refuse)


def key(fact):
    """What a fact is of: no two facts of a document have the same."""
    month, member = fact.get("month"), fact.get("member", {})
    return (
        fact["concept"],
        fact["task_type"],
        fact.get("model", "all"),
        (month["from"], month["to"]) if month else None,
        member.get("dimension", ""),
        member.get("name", ""),
    )


class Facts:
    """The facts of a document by what they are of."""

    def __init__(self, document):
        self.all = document["facts"]
        self.by_key = {key(fact): fact["value"] for fact in self.all}
        assert len(self.by_key) == len(self.all), "two facts are of the same"

    def value(self, concept, task_type="all", model="all", month=None, member=("", "")):
        return self.by_key.get((concept, task_type, model, month, *member), "unknown")

    def shares(self, concept):
        """Names and values of the shares of all tasks, in the order of the document."""
        return [
            (fact["member"]["name"], fact["value"])
            for fact in self.all
            if fact["concept"] == concept and "member" in fact and "model" not in fact and "month" not in fact
            and fact["task_type"] == "all" and fact["value"] not in NO_VALUE
        ]

    def task_types(self):
        return [
            fact["task_type"]
            for fact in self.all
            if fact["concept"] == "tasks_completed" and fact["task_type"] != "all" and "model" not in fact
            and "month" not in fact
        ]


def grouped(text):
    """Commas between groups of three digits left of the point."""
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, fraction = text.partition(".")
    return f"{sign}{int(whole):,}{point}{fraction}"


def figure(value, significant=3):
    """To so many significant figures, half to even; words stay words."""
    if value in NO_VALUE:
        return value
    number = Decimal(value)
    if number == 0:
        return "0"
    with localcontext(Context(prec=significant, rounding=ROUND_HALF_EVEN)):
        rounded = +number
    places = significant - 1 - rounded.adjusted()
    with localcontext(Context(prec=80)):
        rounded = rounded.quantize(Decimal(1).scaleb(-places) if places > 0 else Decimal(1))
    return grouped(f"{rounded:f}")


def count(value):
    return value if value in NO_VALUE else grouped(value)


def plain(value):
    """All digits without zeros at the end."""
    return value.rstrip("0").rstrip(".") if "." in value else value


def percent(value):
    """With at most one decimal; never 0 or 100 where it is not exactly that. Shares are known to a millionth."""
    if value in NO_VALUE:
        return value
    exact = Decimal(value)
    share = exact.quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
    if exact == 0:
        return "0\u00a0%"
    if 0 <= share <= Decimal("0.0005"):
        return "<\u00a00.1\u00a0%"
    if Decimal("0.9995") <= share and exact < 1:
        return ">\u00a099.9\u00a0%"
    rounded = (share * 100).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    return f"{rounded:f}".removesuffix(".0") + "\u00a0%"


def with_unit(value, unit, significant=3):
    text = figure(value, significant)
    return text if value in NO_VALUE else f"{text}\u00a0{unit}"
