"""The files of an authority pack: valid by its schema, and the same figures and texts in every format."""

import copy
import csv
import json
from decimal import Decimal
from html.parser import HTMLParser

import openpyxl
from jsonschema import Draft202012Validator


def check(directory):
    pack = json.loads((directory / "pack.json").read_text(encoding="utf-8"))
    compared = schema(directory, pack)
    rows = table(directory, pack)
    compared += workbook(directory, rows)
    return compared + page(directory, pack) + len(rows) * len(rows[0])


def schema(directory, pack):
    validator = Draft202012Validator(json.loads((directory / "schema.json").read_text(encoding="utf-8")))
    Draft202012Validator.check_schema(validator.schema)
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(pack)]
    assert not errors, errors
    for spoil in SPOILT:
        wrong = copy.deepcopy(pack)
        spoil(wrong)
        assert not validator.is_valid(wrong), f"{spoil.__name__} is taken as valid"
    return len(SPOILT)


def of(pack, concept):
    return next(one for one in pack["facts"] if one["concept"] == concept)


def wrong_unit(pack):
    of(pack, "training_energy")["unit"] = "kWh"


def number_for_text(pack):
    of(pack, "training_energy")["value"] = 1200


def one_figure(pack):
    of(pack, "training_energy")["significant_figures"] = 1


def no_reason(pack):
    fact = of(pack, "training_energy")
    fact["value"] = "N/A"


def public(pack):
    of(pack, "training_compute")["confidentiality"] = "public"


def to_downstream(pack):
    of(pack, "training_compute")["recipients"].append("downstream_providers")


def no_hardware(pack):
    del of(pack, "inference_compute")["hardware"]


def another_figure(pack):
    of(pack, "training_compute")["concept"] = "emissions"


SPOILT = [
    wrong_unit, number_for_text, one_figure, no_reason, public, to_downstream, no_hardware, another_figure,
]  # fmt: skip


def expected(pack):
    """One row for each figure and text, as the CSV file holds them."""
    for one in [*pack["facts"], *pack["texts"]]:
        source, kind = "declared", one.get("source", {})
        if kind.get("kind") == "declared":
            source = f"declared, revision {kind['revision']}"
        elif kind.get("kind") == "disclosure":
            source = f"{kind['address']}, SHA-256 {kind['document_sha256']}"
        elif kind.get("kind") == "none":
            source = ""
        yield [
            str(pack["number"]), str(pack["version"]), pack["template"]["id"], pack["template"]["version"],
            pack["provider"]["key"], one.get("concept") or one["field"], one["model"], one.get("task_type", ""),
            one.get("hardware", ""), one.get("task", ""), one.get("value") or one["text"], one.get("unit", ""),
            str(one.get("significant_figures", "")), one.get("knowledge", ""), one.get("reason", ""),
            one.get("from", ""), one.get("to", ""), source, one["confidentiality"], " ".join(one["recipients"]),
        ]  # fmt: skip


def table(directory, pack):
    with open(directory / "pack.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header[:6] == ["pack", "version", "template", "template_version", "provider", "field"]
    neutral = [[f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in row] for row in expected(pack)]
    assert rows == neutral, (rows, neutral)
    return list(expected(pack))


def workbook(directory, rows):
    book = openpyxl.load_workbook(directory / "pack.xlsx")
    assert book.sheetnames == ["Fields", "Notes"]
    header, *cells = book["Fields"].iter_rows(values_only=True)
    assert header[-1] == "number" and book["Fields"].freeze_panes == "A2"
    numbers = 0
    for row, own in zip(rows, cells, strict=True):
        assert [cell or "" for cell in own[:-1]] == row, (own, row)
        if own[-1] is not None:
            assert float(own[-1]) == float(Decimal(row[10])), own
            numbers += 1
    assert numbers > 0
    return numbers


RECIPIENTS = {
    "ai_office": "AI Office",
    "national_authorities": "national competent authorities",
    "downstream_providers": "downstream providers",
}


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells, self.inside, self.text = [], False, ""

    def handle_starttag(self, tag, attributes):
        if tag in ("td", "th"):
            self.cells.append("")
            self.inside = True
        assert tag not in ("script", "link", "img", "a"), tag

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, text):
        self.text += text
        if self.inside:
            self.cells[-1] += text


def page(directory, pack):
    reader = Cells()
    reader.feed((directory / "pack.html").read_text(encoding="utf-8"))
    for fact in pack["facts"]:
        value = fact["value"]
        if value == "N/A":
            shown = f"N/A: {fact['reason']}"
        else:
            digits, power, exponent = value.partition("e")
            whole, point, fraction = digits.partition(".")
            plain = f"{int(whole):,}{point}{fraction}"
            raised = exponent.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
            shown = f"{plain}\u00a0·\u00a010{raised}" if power else plain
            shown += f"\u00a0{fact['unit']}"
        assert shown in reader.cells, (shown, reader.cells)
    for text in pack["texts"]:
        assert text["text"] in reader.text
    for one in [*pack["facts"], *pack["texts"]]:
        told = " and ".join(RECIPIENTS[recipient] for recipient in one["recipients"])
        held = any(cell == one["confidentiality"] + told for cell in reader.cells)
        assert held or f"Confidentiality: {one['confidentiality']}, for the {told}" in reader.text, one
    assert "Confidential." in reader.text and pack["template"]["status_line"] in reader.text
    return len(pack["facts"]) + len(pack["texts"])
