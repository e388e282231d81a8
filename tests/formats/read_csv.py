"""The CSV file, read by Python's csv module: every fact, to the last digit."""

import csv

from document import Facts, load

COLUMNS = [
    "disclosure", "version", "template", "template_version", "provider", "service", "period_from", "period_to",
    "concept", "task_type", "dimension", "member", "value", "unit", "provider_kind", "model", "decimals", "provenance",
    "series",
]  # fmt: skip


def neutral(cell):
    """A cell that a spreadsheet would run begins with an apostrophe."""
    is_number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell and not is_number else cell


def check(directory):
    document = load(directory)
    Facts(document)
    with open(directory / "disclosure.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == COLUMNS, header
    assert len(rows) == len(document["facts"])
    compared = 0
    for row, fact in zip(rows, document["facts"]):
        period, member = fact.get("month", document["period"]), fact.get("member", {})
        expected = [
            str(document["number"]), str(document["version"]), document["template"]["id"],
            document["template"]["version"], document["provider"]["key"], document["service"]["key"],
            period["from"], period["to"], fact["concept"], fact["task_type"], member.get("dimension", ""),
            member.get("name", ""), fact["value"], fact["unit"], document["provider"]["kind"],
            fact.get("model", "all"), fact.get("decimals", ""), fact["provenance"],
            "month" if "month" in fact else "period",
        ]  # fmt: skip
        assert row == [neutral(cell) for cell in expected], (row, expected)
        assert not any(cell[:1] in ("=", "+", "@") for cell in row), row
        compared += len(row)
    return compared
