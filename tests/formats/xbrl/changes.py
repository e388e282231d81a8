"""Changes of the files that have to be refused."""

import re
from decimal import Decimal

from expected import need


class Change:
    """A change that has to be refused with a code: in the page of the package, and in the JSON."""

    def __init__(self, name: str, code: str, page, facts):
        self.name, self.code, self.page, self.facts = name, code, page, facts


def replace_once(pattern: str, by) -> object:
    def change(page: str) -> str:
        changed, count = re.subn(pattern, by, page, count=1)
        need(count == 1, f"nothing to change: {pattern}")
        return changed

    return change


def first(facts: dict, concept: str) -> dict:
    """The first fact of an element with a value; ids are counted in the order of the document."""
    named = [key for key in facts if facts[key]["dimensions"]["concept"] == "tw:" + concept and facts[key]["value"]]
    return facts[min(named, key=lambda key: int(re.sub(r"\D", "", key)))]


def set_unit(concept: str, unit: str) -> object:
    def change(facts: dict) -> None:
        first(facts, concept)["dimensions"]["unit"] = unit

    return change


def double(facts: dict) -> None:
    fact = first(facts, "EnergyFacilityTotal")
    fact["value"] = str(Decimal(fact["value"]) * 2)


def drop_axis(facts: dict) -> None:
    del first(facts, "StageShare")["dimensions"]["tw:StepAxis"]


def drop_models(facts: dict) -> None:
    for fact in facts.values():
        fact["dimensions"].pop("tw:ModelAxis", None)


def no_axis(facts: dict) -> None:
    first(facts, "TasksCompleted")["dimensions"]["tw:ZoneAxis"] = "DE"


def doubled(match: re.Match) -> str:
    return match[1] + str(Decimal(match[2].replace(",", "")) * 2)


TOTAL = r'(<ix:nonFraction id="f\d+" name="tw:EnergyFacilityTotal"[^/>]*>)([\d,.]+)'
STEP = r'<xbrldi:explicitMember dimension="tw:StepAxis">[^<]*</xbrldi:explicitMember>'
SCENARIO = rf"<xbrli:scenario>{STEP}</xbrli:scenario>"
MODEL = r'<xbrldi:typedMember dimension="tw:ModelAxis">.*?</xbrldi:typedMember>'
UNIT = r'(<ix:nonFraction id="f\d+" name="tw:EnergyFacilityTotal" contextRef="c1") unitRef="Wh"'


def drop_models_of_page(page: str) -> str:
    return re.sub("<xbrli:scenario></xbrli:scenario>", "", re.sub(MODEL, "", page))


CHANGES = [
    Change(
        "a unit that is none of energy",
        "utre:error-NumericFactUtrInvalid",
        replace_once(UNIT, r'\1 unitRef="l"'),
        set_unit("EnergyFacilityTotal", "utr:l"),
    ),
    Change(
        "a unit of energy that is not that of the element",
        "UnitIs-Wh",
        replace_once(UNIT, r'\1 unitRef="J"'),
        set_unit("EnergyFacilityTotal", "utr:J"),
    ),
    Change("a doubled total", "EnergyPerTaskMean", replace_once(TOTAL, doubled), double),
    Change(
        "a missing dimension",
        "xbrldie:PrimaryItemDimensionallyInvalidError",
        replace_once(SCENARIO, ""),
        drop_axis,
    ),
    Change("models left out", "arelle:duplicateFacts", drop_models_of_page, drop_models),
    Change(
        "a dimension too many",
        "xbrldie:PrimaryItemDimensionallyInvalidError",
        replace_once(
            r'(<xbrli:context id="c1">.*?</xbrli:period>)',
            r'\1<xbrli:scenario><xbrldi:typedMember dimension="tw:ZoneAxis"><tw:ZoneKey>DE</tw:ZoneKey>'
            r"</xbrldi:typedMember></xbrli:scenario>",
        ),
        no_axis,
    ),
    Change("an element of HTML 5", "section", replace_once("<h1>(.*?)</h1>", r"<section>\1</section>"), None),
    Change("a drawing", "svg", replace_once("<h1>", '<svg xmlns="http://www.w3.org/2000/svg"/><h1>'), None),
    Change("an attribute of ARIA", "aria-label", replace_once("<h1>", '<h1 aria-label="x">'), None),
]
