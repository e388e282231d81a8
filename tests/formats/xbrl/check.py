"""Reads the XBRL files of a disclosure with Arelle, offline, and compares every fact with the document.

    check.py DIRECTORY

finds there three documents: full.json, full.xbri, full.xbrl.json, and the same of plain and small. The files of the
first two have to be valid and to say what their JSON says; changed copies of the third have to be refused. What does
not hold ends the check with a sentence; otherwise it prints how many facts were compared.
"""

import json
import re
import shutil
import sys
import zipfile
from datetime import datetime
from decimal import Decimal, localcontext
from pathlib import Path

from arelle import XbrlConst
from arelle.api.Session import Session
from arelle.RuntimeOptions import RuntimeOptions

NAMESPACE = "https://taskwatt.example/xbrl/2026-11/energy-per-task"
ENTRY = NAMESPACE + ".xsd"
UTR = "http://www.xbrl.org/2009/utr"
XBRLI = "http://www.xbrl.org/2003/instance"
# The unit of the report and the power of ten from that of the document, as the specification of the files says.
UNITS = {
    "Wh": (UTR, "Wh", 0),
    "uJ": (UTR, "J", -6),
    "gCO2e": (UTR, "tCO2e", -6),
    "L": (UTR, "l", 0),
    "task": (NAMESPACE, "task", 0),
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
}
# What a word of the document says, by the names of the report.
TEXTS = {
    "method": "MethodText",
    "allocation_rule": "AllocationRuleText",
    "exclusions": "ExclusionsText",
    "hardware": "HardwareText",
    "remarks": "RemarksText",
}
QUOTIENTS = ("EnergyPerTaskMean", "CarbonLocationPerTask", "CarbonMarketPerTask")


def need(holds: bool, sentence: str) -> None:
    if not holds:
        sys.exit(sentence)


def camel(word: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in word.split("_"))


class Run:
    """What Arelle says of one entry point."""

    def __init__(self, entry: str, package: Path | None = None):
        options = RuntimeOptions(
            entrypointFile=entry,
            packages=[str(package)] if package else None,
            plugins="loadFromOIM" if entry.endswith(".json") else None,
            internetConnectivity="offline",
            disablePersistentConfig=True,
            keepOpen=True,
            validate=True,
            utrValidate=True,
            validateDuplicateFacts="inconsistent",
            formulaAction="run",
        )
        self.session = Session()
        # Its exit code is 0 on errors: the log is what counts.
        self.session.run(options, logFileName="logToStructuredMessage")
        messages = self.session.get_log_messages()
        wrong = ("WARNING", "ERROR", "CRITICAL", "INCONSISTENCY")
        self.faults = [
            f"{message['messageCode']}: {str(message['msg'])[:300]}"
            for message in messages
            if message["levelname"].split("-")[0] in wrong or "not loadable" in str(message["msg"])
        ]
        models = self.session.get_models()
        need(len(models) >= 1, f"{entry}: Arelle loaded nothing: {messages}")
        self.model = models[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def assertions(self) -> dict:
        """How often each assertion held and did not."""
        sets = self.model.modelVariableSets
        return {one.id: (one.countSatisfied, one.countNotSatisfied) for one in sets}


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


def dimensions(fact) -> frozenset:
    axes = set()
    for dimension in fact.context.qnameDims.values():
        need(dimension.dimensionQname.namespaceURI == NAMESPACE, f"{dimension.dimensionQname} is not ours")
        if dimension.isExplicit:
            member = dimension.memberQname.localName
        else:
            member = dimension.typedMember.stringValue
        axes.add((dimension.dimensionQname.localName, member))
    return frozenset(axes)


def read_facts(model, entity: tuple) -> dict:
    """What Arelle read, in the same form."""
    read = {}
    for fact in model.facts:
        need(fact.qname.namespaceURI == NAMESPACE, f"{fact.qname} is not ours")
        need(fact.context.entityIdentifier == entity, f"{fact.qname} is of {fact.context.entityIdentifier}")
        of = ((fact.context.startDatetime, fact.context.endDatetime), dimensions(fact))
        language = None
        if fact.concept.type.isOimTextFactType:
            language = fact.xmlLang.lower()
        key = (fact.qname.localName, of, language)
        need(key not in read, f"{key} is told twice")
        if not fact.isNumeric:
            read[key] = (fact.value, None, None)
            continue
        over, under = fact.unit.measures
        need(len(over) == 1 and not under, f"{key} has the unit {fact.unit.measures}")
        unit = (over[0].namespaceURI, over[0].localName)
        if fact.isNil:
            read[key] = (None, unit, None)
        else:
            read[key] = (Decimal(fact.value), unit, fact.decimals or "INF")
    return read


def entity(document: dict) -> tuple:
    provider = document["provider"]
    if "lei" in provider:
        return "http://standards.iso.org/iso/17442", provider["lei"]
    return "https://taskwatt.example/xbrl/provider", provider["key"]


def compare(what: str, document: dict, model) -> int:
    read = read_facts(model, entity(document))
    expected = expected_figures(document) | expected_words(document)
    for key, wanted in expected.items():
        need(key in read, f"{what}: {key} is missing")
        need(read[key] == wanted, f"{what}: {key} is {read[key]} and should be {wanted}")
    more = read.keys() - expected.keys()
    need(not more, f"{what}: the document does not say {list(more)[:3]}")
    return len(read)


def check_labels(model) -> None:
    """Everything is named in three languages and explained in two."""
    keys = {concept.typedDomainElement for concept in model.qnameConcepts.values() if concept.isTypedDimension}
    own = [
        concept
        for concept in model.qnameConcepts.values()
        if concept.qname.namespaceURI == NAMESPACE and concept not in keys
    ]
    need(len(own) > 200, f"the taxonomy has {len(own)} elements only")
    for concept in own:
        for language in ("en", "de", "fr"):
            label = concept.label(lang=language, fallbackToQname=False, strip=True)
            need(bool(label), f"{concept.qname} has no label in {language}")
        for language in ("en", "de"):
            meaning = concept.label(XbrlConst.documentationLabel, lang=language, fallbackToQname=False, strip=True)
            need(bool(meaning), f"{concept.qname} is not explained in {language}")
            if concept.isNumeric:
                unit = re.search(r"\(Wh\)|\(J\)|CO2|lit|Liter|Einheit|unit|tasks|Aufgaben", meaning)
                need(unit is not None, f"the meaning of {concept.qname} names no unit: {meaning}")
    roles = [uri for uri in model.roleTypes if uri.startswith("https://taskwatt.example/")]
    need(len(roles) > 15, f"the taxonomy has {len(roles)} roles only")
    for uri in roles:
        for language in ("en", "de", "fr"):
            label = model.roleTypes[uri][0].genLabel(lang=language, strip=True)
            need(bool(label), f"{uri} has no label in {language}")


def check_cubes(model) -> None:
    """A default and the members stand apart, and figures have cubes with the axis of models and without."""
    default = XbrlConst.dimensionDefault
    domain = XbrlConst.dimensionDomain
    used = {arcrole: {key[1] for key in model.baseSets if key[0] == arcrole and key[1]} for arcrole in (default, domain)}
    need(bool(used[default]) and bool(used[domain]), "there are no defaults or no domains")
    need(not used[default] & used[domain], "defaults and domains share a role")
    axes_of = {}
    for relation in model.relationshipSet(XbrlConst.hypercubeDimension).modelRelationships:
        axes_of.setdefault(relation.linkrole, set()).add(relation.toModelObject.name)
    for parts in ({"TaskTypeAxis"}, {"TaskTypeAxis", "EvidenceAxis"}):
        for axes in (parts, parts | {"ModelAxis"}):
            need(axes in axes_of.values(), f"no cube has the axes {sorted(axes)}")


def check_taxonomy(directory: Path) -> None:
    with Run(ENTRY, directory / "full.xbri") as run:
        need(not run.faults, f"the taxonomy: {run.faults[:5]}")
        check_labels(run.model)
        check_cubes(run.model)


def check_valid(directory: Path, name: str, fewest: int) -> None:
    """Each quotient has to be checked that often, which shows that formulas were run on facts at all."""
    document = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
    package = directory / f"{name}.xbri"
    for file, beside in {package: None, directory / f"{name}.xbrl.json": package}.items():
        with Run(str(file), beside) as run:
            need(not run.faults, f"{file.name}: {run.faults[:5]}")
            counts = run.assertions()
            for quotient in QUOTIENTS:
                held, failed = counts[quotient + "IsTotalByTasks"]
                need(held >= fewest and failed == 0, f"{file.name}: {quotient} held {held} times, failed {failed}")
            need(counts["UnitIs-Wh"][0] > 10, f"{file.name}: units were not checked")
            print(file.name, compare(file.name, document, run.model), flush=True)


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


def repack(source: Path, target: Path, change) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith(".xhtml"):
                content = change(content.decode("utf-8")).encode("utf-8")
            new.writestr(entry, content)


def need_refused(what: str, change: Change, run: Run) -> None:
    need(
        any(change.code in fault for fault in run.faults),
        f"{what} with {change.name}: {change.code} is not in {run.faults[:5]}",
    )


def check_refused(directory: Path) -> None:
    package = directory / "small.xbri"
    changed = directory / "changed"
    changed.mkdir()
    for change in CHANGES:
        target = changed / "small.xbri"
        repack(package, target, change.page)
        with Run(str(target)) as run:
            need_refused("the package", change, run)
        if change.facts:
            report = json.loads((directory / "small.xbrl.json").read_text(encoding="utf-8"))
            change.facts(report["facts"])
            target = changed / "small.xbrl.json"
            target.write_text(json.dumps(report), encoding="utf-8")
            with Run(str(target), package) as run:
                need_refused("the JSON", change, run)
        print("refused:", change.name, flush=True)
    shutil.rmtree(changed)


def main() -> None:
    directory = Path(sys.argv[1])
    with localcontext() as context:
        context.prec = 60
        check_taxonomy(directory)
        check_valid(directory, "full", 13)
        check_valid(directory, "plain", 0)
        check_refused(directory)


main()
