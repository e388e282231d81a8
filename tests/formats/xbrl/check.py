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
from decimal import Decimal, localcontext
from pathlib import Path

from arelle import XbrlConst
from arelle.api.Session import Session
from arelle.RuntimeOptions import RuntimeOptions
from changes import CHANGES, Change
from expected import NAMESPACE, entity, expected_figures, expected_words, need

ENTRY = NAMESPACE + ".xsd"
QUOTIENTS = ("EnergyPerTaskMean", "CarbonLocationPerTask", "CarbonMarketPerTask")


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
                unit = re.search(r"\(Wh\)|\(J\)|CO2|lit|Liter|Einheit|unit|tasks|Aufgaben|records|Datensätzen|hours|Stunden", meaning)
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
