#!/usr/bin/env python3
"""Reads the PDF files of a disclosure or an authority pack back with readers that share no code with their writer.

    check.py DIRECTORY    with disclosure.json, disclosure.pdf, disclosure.de.pdf and disclosure.fr.pdf
    check.py DIRECTORY    with pack.json and pack.pdf

For each file: qpdf, pdfinfo, pdffonts and pdfua find nothing; it says that it is PDF/A-3a and PDF/UA-1; dates, title and
language are the document's; attachments are the files beside it, byte for byte; and every figure that its tables show is
the one of the JSON, rounded here by Python's decimal arithmetic and written as the language writes it. Cells are read
from the structure for people who do not see the page, so that this is checked too. Of a pack every row of every table is
compared (pack.py).
"""

import hashlib
import json
import re
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pdfplumber
import pdfua
import pypdf

import pack as of_pack

# Between groups of digits, and before decimals.
SIGNS = {"": (",", "."), "de.": (".", ","), "fr.": ("\u202f", ",")}
LANGUAGES = {"": "en", "de.": "de", "fr.": "fr"}
NO_VALUE = {
    "": {"unknown": "unknown", "N/A": "N/A", "not included": "not included"},
    "de.": {"unknown": "unbekannt", "N/A": "entfällt", "not included": "nicht enthalten"},
    "fr.": {"unknown": "inconnu", "N/A": "sans objet", "not included": "non inclus"},
}
TABLE, HEADLINE = 3, 2
# Where a table gives kWh and kg for what the document has in Wh and g.
THOUSANDTH = Decimal("0.001")

problems = []


def expect(holds, what):
    if not holds:
        problems.append(what)


def plain(text):
    """Without the difference between kinds of spaces."""
    return re.sub(r"\s+", " ", text).strip()


def dense(text):
    """Without spaces: a line may be broken at one."""
    return re.sub(r"\s+", "", text)


class Shown:
    """How one language shows the facts of a document."""

    def __init__(self, document, which):
        self.facts = document["facts"]
        self.which = which

    def number(self, value):
        sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
        whole, _, fraction = digits.partition(".")
        group, point = SIGNS[self.which]
        grouped = re.sub(r"(?<=\d)(?=(\d{3})+$)", group, whole)
        return sign + grouped + (point + fraction if fraction else "")

    def rounded(self, value, digits):
        value = Decimal(value)
        if value == 0:
            return self.number("0")
        place = value.adjusted() - digits + 1
        rounded = value.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_EVEN)
        if rounded.adjusted() > value.adjusted():
            rounded = value.quantize(Decimal(1).scaleb(place + 1), rounding=ROUND_HALF_EVEN)
        return self.number(format(rounded, "f"))

    def word(self, value):
        return NO_VALUE[self.which].get(value)

    def figure(self, value, digits=TABLE, times=1):
        return self.word(value) or self.rounded(Decimal(value) * times, digits)

    def count(self, value):
        return self.word(value) or self.number(value)

    def percent(self, value):
        if self.word(value):
            return self.word(value)
        share = Decimal(value) * 100
        if 0 < share <= Decimal("0.05"):
            return "< " + self.number("0.1") + " %"
        if Decimal("99.95") <= share < 100:
            return "> " + self.number("99.9") + " %"
        tenth = share.quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
        return self.number(format(tenth, "f").removesuffix(".0")) + " %"

    def value(self, concept, task_type="all", model=None, month=None, member=None):
        for fact in self.facts:
            if (fact["concept"], fact["task_type"], fact.get("model")) != (concept, task_type, model):
                continue
            if fact.get("month") == month and fact.get("member", {}).get("name") == member:
                return fact["value"]
        return "unknown"

    def task_types(self):
        counted = [fact for fact in self.facts if fact["concept"] == "tasks_completed"]
        return [fact["task_type"] for fact in counted
                if fact["task_type"] != "all" and "model" not in fact and "month" not in fact]

    def members(self, concept):
        return [fact for fact in self.facts if fact["concept"] == concept and "member" in fact
                and fact["task_type"] == "all" and "model" not in fact and "month" not in fact]


ENERGY = ["energy_per_task_mean", "energy_per_task_low", "energy_per_task_high", "energy_per_task_it_mean",
          "energy_per_1000_output_tokens"]
SPREAD = [f"energy_per_task_{which}" for which in ("p10", "median", "p90", "p95", "p99")]
OF_MODEL = ["energy_per_task_mean", "energy_per_task_low", "energy_per_task_high", "energy_per_task_median",
            "energy_per_task_it_mean", "energy_per_1000_output_tokens", "carbon_location_per_task"]
PER_PIECE = ["energy_per_image", "energy_per_page", "energy_per_audio_second", "energy_per_video_second"]


def tables_of(document, shown):
    """The figures that each table must show: a name, and its rows without their first words."""
    types = [*shown.task_types(), "all"]
    yield "energy by task type", [
        [shown.count(shown.value("tasks_completed", one))] + [shown.figure(shown.value(c, one)) for c in ENERGY]
        for one in types]
    has_left_out = any(fact["concept"] == "percentile_left_out_share" for fact in shown.facts)
    yield "spread", [
        [shown.figure(shown.value(c, one)) for c in SPREAD]
        + ([shown.percent(shown.value("percentile_left_out_share", one))] if has_left_out else [])
        for one in types]
    yield "pieces", [[shown.figure(fact["value"])] for fact in shown.facts
                     if fact["concept"] in PER_PIECE and "model" not in fact and "month" not in fact]
    months = [fact["month"] for fact in shown.facts
              if fact["concept"] == "energy_per_task_mean" and "month" in fact and "model" not in fact
              and fact["task_type"] == "all"]
    gaps = [gap["month"] for gap in document.get("series_gaps", [])]
    yield "months", [
        None if month in gaps else
        [shown.count(shown.value("tasks_completed", month=month))]
        + [shown.figure(shown.value(c, month=month)) for c in ENERGY[:3]]
        for month in sorted(months + gaps, key=lambda month: month["from"])]
    yield "models", list(rows_of_models(document, shown, types))
    yield "carbon by task type", [
        [shown.figure(shown.value("carbon_location_per_task", one)),
         shown.figure(shown.value("carbon_location_total", one), times=THOUSANDTH),
         shown.figure(shown.value("carbon_market_per_task", one)),
         shown.figure(shown.value("carbon_market_total", one), times=THOUSANDTH)]
        for one in types]
    yield "carbon by hour", [
        [shown.figure(fact["value"]),
         shown.percent(shown.value("carbon_hour_share", member=fact["member"]["name"]))]
        for fact in shown.members("carbon_hour_per_task")]
    yield "totals", [
        [shown.count(shown.value(f"tasks_{outcome}", one)) for outcome in ("completed", "failed", "cancelled")]
        + [shown.figure(shown.value(f"energy_{which}_total", one), times=THOUSANDTH) for which in ("facility", "it")]
        for one in types]
    yield "places", [
        [shown.percent(fact["value"]), shown.percent(shown.value("place_energy_share", member=fact["member"]["name"]))]
        for fact in shown.members("place_task_share")]
    for concept in ("stage_share", "factor_rung_share", "zone_energy_share", "market_share"):
        yield concept, [[shown.percent(fact["value"])] for fact in shown.members(concept)]


def rows_of_models(document, shown, types):
    """Rows of task types under each model, and of all of them where there are several."""
    for model in document["models"]:
        key = model["key"]
        own = [one for one in types if any(
            fact["concept"] == "tasks_completed" and fact["task_type"] == one and fact.get("model") == key
            for fact in shown.facts)]
        order = {word: place for place, word in enumerate(TASK_TYPES)}
        own.sort(key=lambda one: order.get(one, len(order)))
        for one in own[:1] if len(own) == 2 else own:
            yield ([shown.count(shown.value("tasks_completed", one, key))]
                   + [shown.figure(shown.value(c, one, key)) for c in OF_MODEL])


# The order of the vocabulary.
TASK_TYPES = ["chat", "reasoning", "code", "agent", "summarisation", "translation", "question_answering", "classification",
              "embedding", "retrieval", "image_generation", "image_understanding", "video_generation", "speech_to_text",
              "text_to_speech", "ocr", "other"]


def texts_of(pdf):
    """The text of every piece of marked content, by page and number."""
    found = {}
    for page in pdf.pages:
        for letter in page.chars:
            if letter.get("mcid") is not None:
                found.setdefault((page.page_number, letter["mcid"]), []).append(letter["text"])
    return {place: "".join(letters) for place, letters in found.items()}


class Structure:
    """What people who do not see the page are read: elements of a kind, with pieces of text and elements in them. What
    stands at the head and foot of every page is not in it."""

    def __init__(self, path):
        with pdfplumber.open(path) as pdf:
            self.texts = texts_of(pdf)
            self.lines = "".join(page.extract_text() + "\n" for page in pdf.pages)
        reader = pypdf.PdfReader(path)
        self.pages = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, 1)}
        self.root = self.element(reader.root_object["/StructTreeRoot"], None)

    def page_of(self, entry, page):
        """A piece may stand on another page than the rest of its element."""
        return self.pages[entry.raw_get("/Pg").idnum] if "/Pg" in entry else page

    def element(self, entry, page):
        page = self.page_of(entry, page)
        own = entry.get("/K", [])
        parts = []
        for part in own if isinstance(own, list) else [own]:
            part = part.get_object()
            if isinstance(part, int):
                parts.append(self.texts.get((page, int(part)), ""))
            elif "/MCID" in part:
                parts.append(self.texts.get((self.page_of(part, page), int(part["/MCID"])), ""))
            elif "/S" in part:
                parts.append(self.element(part, page))
        return entry.get("/S"), parts

    def text(self, element=None):
        told = ""
        for part in (element or self.root)[1]:
            told += part if isinstance(part, str) else " " + self.text(part)
        return told

    def tables(self):
        """Every table as rows of cells (kind, text)."""
        def rows(element):
            for part in element[1]:
                if part[0] == "/TR":
                    yield [(cell[0].removeprefix("/"), plain(self.text(cell))) for cell in part[1]]
                elif not isinstance(part, str):
                    yield from rows(part)

        def within(element):
            if element[0] == "/Table":
                yield list(rows(element))
            for part in element[1]:
                if not isinstance(part, str):
                    yield from within(part)

        return list(within(self.root))


def body(table):
    """Rows of a head and figures: without the rows of heads, and without those that name a group."""
    return [row for row in table if len(row) > 1 and any(kind == "TD" for kind, _ in row)]


def check_figures(path, document, which):
    shown = Shown(document, which)
    structure = Structure(path)
    tables, text = structure.tables(), structure.lines
    bodies = [body(table) for table in tables]
    checked = 0
    for name, wanted in tables_of(document, shown):
        if not wanted:
            continue
        wanted = [None if row is None else [plain(cell) for cell in row] for row in wanted]
        width = max(len(row) for row in wanted if row)

        def fits(rows):
            pairs = zip(rows, wanted)
            return len(rows) == len(wanted) and all(
                want is None or [cell for _, cell in row[-width:]] == want for row, want in pairs)

        expect(any(fits(rows) for rows in bodies), f"{path.name}: no table shows {name}: {wanted[:2]} …")
        checked += sum(len(row) for row in wanted if row)
    expect(all(row[0][0] == "TH" for rows in bodies for row in rows), f"{path.name}: a row has no head")
    told = dense(structure.text())
    for line in [*document.get("history", []), *document["texts"], *document["training"]]:
        words = line.get("reason") or line.get("text") or line.get("method") or ""
        expect(dense(words) in told, f"{path.name}: not all is shown of: {words[:60]}")
    mean = shown.figure(shown.value("energy_per_task_mean"), HEADLINE)
    expect(mean in text, f"{path.name}: the headline {mean} is not shown")
    expect(plain(document["template"]["status_line"])[:60] in plain(text), f"{path.name}: no status line")
    return checked


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def check_pack(path, pack):
    """Every row of every table, in their order, and the words around them."""
    structure = Structure(path)
    tables, text = structure.tables(), structure.text()
    size = -(-(path.parent / "pack.json").stat().st_size // 1000)
    digest = hashlib.sha256((path.parent / "pack.json").read_bytes()).hexdigest()
    wanted = [[tuple(map(dense, row)) for row in rows] for rows in of_pack.tables(pack, digest, f"{size} kB")]
    shown = [[tuple(dense(cell) for _, cell in row) for row in body(table)] for table in tables]
    expect(len(shown) == len(wanted), f"{path.name}: {len(shown)} tables instead of {len(wanted)}")
    for own, want in zip(shown, wanted):
        expect(own == want, f"{path.name}: {own} instead of {want}")
    expect(all(row[0][0] == "TH" for table in tables for row in body(table)), f"{path.name}: a row has no head")
    mark = "Confidential. For the " + " and ".join(of_pack.RECIPIENTS[one] for one in pack["facts"][0]["recipients"])
    with pdfplumber.open(path) as pdf:
        pages = [dense(page.extract_text()) for page in pdf.pages]
    for number, page in enumerate(pages, 1):
        own = dense(f"Page {number} of {len(pages)}")
        expect(own in page, f"{path.name}: page {number} has no number")
        for words in (mark, pack["template"]["status_line"]):
            # The number stands beside the first line at the foot.
            expect(dense(words) in page.replace(own, ""), f"{path.name}: page {number} does not say: {words}")
    names = [model["name"] for model in pack["models"]]
    texts = [text["text"] for text in pack["texts"]]
    for words in [of_pack.title(pack), *of_pack.FIELDS.values(), *names, *texts]:
        expect(dense(words) in dense(text), f"{path.name}: {words} is not shown")
    return sum(len(rows) for rows in wanted) + len(texts)


def check_tools(path, document, title, least_pages):
    qpdf = run("qpdf", "--check", path)
    expect(qpdf.returncode == 0 and "No syntax or stream encoding errors" in qpdf.stdout, f"qpdf: {qpdf}")
    info = run("pdfinfo", "-isodates", path).stdout
    fields = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    fields = {name: value.strip() for name, value in fields.items()}
    expect(fields.get("Tagged") == "yes", f"{path.name} is not tagged")
    built_on = document["built_on"] + "T00:00:00Z"
    for name in ("CreationDate", "ModDate"):
        expect(fields.get(name) == built_on, f"{path.name}: {name} is {fields.get(name)}")
    expect(title in fields.get("Title", ""), f"{path.name}: title {fields.get('Title')}")
    expect(int(fields.get("Pages", 0)) >= least_pages, f"{path.name}: {fields.get('Pages')} pages")
    fonts = run("pdffonts", path).stdout.splitlines()[2:]
    expect(len(fonts) >= 3, f"{path.name}: {fonts}")
    for font in fonts:
        embedded, subset, unicode = font.split()[-5:-2]
        expect((embedded, subset, unicode) == ("yes", "yes", "yes"), f"{path.name}: font {font}")
    report = pdfua.validate(path)
    expect(not report.findings, f"{path.name}: pdfua: {report.findings}")


def check_metadata(path, language, json_name, least_outline):
    reader = pypdf.PdfReader(path)
    root = reader.root_object
    xmp = root["/Metadata"].get_data().decode()
    for name, value in (("pdfaid:part", "3"), ("pdfaid:conformance", "A"), ("pdfuaid:part", "1")):
        expect(f"<{name}>{value}</{name}>" in xmp or f'{name}="{value}"' in xmp, f"{path.name}: XMP lacks {name} {value}")
    expect(root["/Lang"] == language, f"{path.name}: language {root['/Lang']}")
    expect(root["/MarkInfo"]["/Marked"], f"{path.name} is not marked")
    expect(root["/ViewerPreferences"]["/DisplayDocTitle"], f"{path.name} does not show its title")
    expect(len(reader.outline) >= least_outline, f"{path.name}: outline {len(reader.outline)}")
    expect(len(reader.trailer["/ID"]) == 2, f"{path.name} has no identifier")
    expect(len(root["/AF"]) == len(list(reader.attachment_list)), f"{path.name}: associated files")
    attached = {one.name: one for one in reader.attachment_list}
    expect(json_name in attached, f"{path.name}: {list(attached)}")
    beside = path.parent / "disclosure.xbri"
    expect(beside.exists() == ("disclosure.xbri" in attached), f"{path.name}: {list(attached)}")
    for name, one in attached.items():
        expect(one.content == (path.parent / name).read_bytes(), f"{path.name}: {name} is another file")
        expect(one.description, f"{path.name}: {name} is not described")
        wanted = {json_name: "/Source"}.get(name, "/Alternative")
        expect(str(one.associated_file_relationship) == wanted, f"{path.name}: {name}: {one.associated_file_relationship}")


def main():
    directory = Path(sys.argv[1])
    if (directory / "pack.json").exists():
        main_of_pack(directory)
    else:
        main_of_disclosure(directory)
    if problems:
        sys.exit("\n".join(problems))


def main_of_pack(directory):
    path = directory / "pack.pdf"
    pack = json.loads((directory / "pack.json").read_text())
    check_tools(path, pack, of_pack.title(pack), 3)
    check_metadata(path, "en", "pack.json", len(pack["models"]) + 2)
    print(f"{path.name}: {check_pack(path, pack)} rows compared")


def main_of_disclosure(directory):
    document = json.loads((directory / "disclosure.json").read_text())
    identifiers = set()
    for which in LANGUAGES:
        path = directory / f"disclosure.{which}pdf"
        check_tools(path, document, document["service"]["name"], 8)
        check_metadata(path, LANGUAGES[which], "disclosure.json", 8)
        checked = check_figures(path, document, which)
        expect(checked > 100, f"{path.name}: only {checked} figures were compared")
        identifiers.add(bytes(pypdf.PdfReader(path).trailer["/ID"][0].original_bytes))
        print(f"{path.name}: {checked} figures compared")
    expect(len(identifiers) == len(LANGUAGES), "two files have the same identifier")


if __name__ == "__main__":
    main()
