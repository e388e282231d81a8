"""What the XBRL files have to say, worked out from the JSON of a document."""

import re
import sys
from datetime import datetime
from decimal import Decimal

NAMESPACE = "https://taskwatt.example/xbrl/2026-11/energy-per-task"
UTR = "http://www.xbrl.org/2009/utr"
XBRLI = "http://www.xbrl.org/2003/instance"
# The unit of the report and the power of ten from that of the document, as the specification of the files says.
UNITS = {
    "Wh": (UTR, "Wh", 0),
    "uJ": (UTR, "J", -6),
    "gCO2e": (UTR, "tCO2e", -6),
    "L": (UTR, "l", 0),
    "task": (NAMESPACE, "task", 0),
    "record": (NAMESPACE, "record", 0),
    "h": (NAMESPACE, "hour", 0),
    "1": (XBRLI, "pure", 0),
}
NO_VALUE = {"unknown", "N/A", "not included"}
AXES = {
    "evidence": ("EvidenceAxis", "EvidenceMember"),
    "factor_rung": ("GridValueAxis", "GridValueMember"),
    "market_part": ("MarketPartAxis", "MarketPartMember"),
    "step_kind": ("StepAxis", "StepMember"),
    "place": ("PlaceAxis", "PlaceMember"),
    "zone": ("ZoneAxis", None),
    "hour_of_day": ("HourOfDayAxis", None),
}
# What a word of the document says, by the names of the report.
TEXTS = {
    "method": "MethodText",
    "allocation_rule": "AllocationRuleText",
    "exclusions": "ExclusionsText",
    "hardware": "HardwareText",
    "remarks": "RemarksText",
}


def need(holds: bool, sentence: str) -> None:
    if not holds:
        sys.exit(sentence)


def camel(word: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in word.split("_"))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def period(of: dict) -> tuple:
    return instant(of["from"]), instant(of["to"])


def expected_figures(document: dict) -> dict:
    """What the report has to say of every fact of the document, by what it is of."""
    expected = {}
    for fact in document["facts"]:
        axes = {}
        if fact["task_type"] != "all":
            axes["TaskTypeAxis"] = camel(fact["task_type"]) + "TaskTypeMember"
        if "model" in fact:
            axes["ModelAxis"] = fact["model"]
        if "member" in fact:
            axis, suffix = AXES[fact["member"]["dimension"]]
            name = fact["member"]["name"]
            axes[axis] = camel(name) + suffix if suffix else name
        of = (period(fact.get("month", document["period"])), frozenset(axes.items()))
        namespace, unit, scale = UNITS[fact["unit"]]
        name = camel(fact["concept"])
        if fact["value"] in NO_VALUE:
            expected[name, of, None] = (None, (namespace, unit), None)
            expected[name + "WhyNoValue", of, None] = (fact["value"], None, None)
            continue
        decimals = fact["decimals"]
        decimals = "INF" if decimals == "exact" else str(int(decimals) - scale)
        value = Decimal(fact["value"]).scaleb(scale)
        expected[name, of, None] = (value, (namespace, unit), decimals)
    return expected


def expected_words(document: dict) -> dict:
    whole = period(document["period"])
    plain = (whole, frozenset())
    provider, service, template = document["provider"], document["service"], document["template"]
    verification = document["verification"]
    told = {
        "LegalName": provider["legal_name"],
        "ProviderKey": provider["key"],
        "ProviderKind": provider["kind"],
        "LegalEntityIdentifier": provider.get("lei"),
        "ProviderRole": provider.get("role"),
        "Contact": provider.get("contact"),
        "ProviderNote": provider.get("public_note"),
        "ServiceName": service["name"],
        "ServiceKey": service["key"],
        "ServiceEnergyMethod": service.get("energy_method"),
        "DisclosureNumber": str(document["number"]),
        "DisclosureVersion": str(document["version"]),
        "ReasonForVersion": document.get("reason"),
        "BuiltOn": document["built_on"],
        "DisclosureAddress": document["address"],
        "TemplateId": template["id"],
        "TemplateVersion": template["version"],
        "TemplateLegalStatus": template["legal_status"],
        "MethodVersion": document["method_version"],
        "CarbonFactorBasis": document["carbon_basis"],
        "CarbonFactorPerimeter": document["carbon_perimeter"],
        "VerificationKind": verification["kind"],
        "VerificationStandard": verification.get("standard"),
        "Verifier": verification.get("verifier"),
        "VerifiedOn": verification.get("verified_on"),
    }
    expected = {(name, plain, None): (text, None, None) for name, text in told.items() if text is not None}
    expected["StatusLine", plain, "en"] = (template["status_line"], None, None)
    for text in document.get("texts", []):
        expected[TEXTS[text["field"]], plain, text["language"].lower()] = (text["text"], None, None)
    sentences = [("Limit", document.get("limits", [])), ("Equivalent", [one["sentence"] for one in document["equivalents"]])]
    for name, lines in sentences:
        for number, line in enumerate(lines, 1):
            expected[name, (whole, frozenset({("LineAxis", str(number))})), "en"] = (line, None, None)
    fields = {"name": "ModelName", "version": "ModelVersion", "released_on": "ModelReleasedOn", "baseline": "ModelBaseline"}
    for model in document.get("models", []):
        of = (whole, frozenset({("ModelAxis", model["key"])}))
        expected |= {(fields[key], of, None): (model[key], None, None) for key in fields if key in model}
    for line in document.get("boundary", []):
        item = re.sub("[^a-z ]", "", line["item"].lower()).removeprefix("the ")
        name = "Boundary" + camel(item.replace(" ", "_"))
        expected[name, plain, None] = (line["included"], None, None)
    for gap in document.get("series_gaps", []):
        expected["WhyMonthHasNoFigure", (period(gap["month"]), frozenset()), None] = (gap["reason"], None, None)
    return expected


def entity(document: dict) -> tuple:
    provider = document["provider"]
    if "lei" in provider:
        return "http://standards.iso.org/iso/17442", provider["lei"]
    return "https://taskwatt.example/xbrl/provider", provider["key"]
