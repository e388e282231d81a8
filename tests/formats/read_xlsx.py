"""The workbook, read by openpyxl: every figure and unit, formulas with the results that they give, widths, panes."""

import re
import zipfile
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import openpyxl
from document import NO_VALUE, Facts, load
from read_csv import COLUMNS

SHEETS = ["Data", "Figures", "Factors", "Notes"]


def check(directory):
    document = load(directory)
    path = directory / "disclosure.xlsx"
    formulas = openpyxl.load_workbook(path)
    results = openpyxl.load_workbook(path, data_only=True)
    assert formulas.sheetnames == SHEETS, formulas.sheetnames
    built_on = date.fromisoformat(document["built_on"])
    assert formulas.properties.created.date() == built_on
    with zipfile.ZipFile(path) as archive:
        assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in archive.infolist())
    for sheet in formulas:
        set_up(sheet)
    compared = data(results["Data"], document)
    compared += figures(formulas["Figures"], results["Figures"], document)
    compared += factors(results["Factors"], document)
    return compared + notes(results["Notes"], document)


def set_up(sheet):
    heads = 3 if sheet.title == "Figures" else 1
    assert re.fullmatch(rf"[A-Z]+{heads + 1}", sheet.freeze_panes), (sheet.title, sheet.freeze_panes)
    groups = list(sheet.column_dimensions.values())
    for column in range(1, sheet.max_column + 1):
        widths = [group.width for group in groups if group.min <= column <= group.max]
        assert len(widths) == 1 and widths[0] > 9, (sheet.title, column, widths)
    assert sheet.print_title_rows == f"$1:${heads}", sheet.print_title_rows
    assert sheet.page_setup.orientation == "landscape" and int(sheet.page_setup.paperSize) == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0


def same_number(cell, exact):
    """The cell holds the double next to the exact digits, or the word for there being none."""
    if exact in NO_VALUE:
        return cell == exact
    assert isinstance(cell, (int, float)), (cell, exact)
    return float(cell) == float(exact)


def data(sheet, document):
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == [*COLUMNS, "value_exact"]
    assert len(rows) - 1 == len(document["facts"])
    compared = 0
    for row, fact in zip(rows[1:], document["facts"]):
        period, member = fact.get("month", document["period"]), fact.get("member", {})
        cells = dict(zip(rows[0], row))
        expected = {
            "disclosure": document["number"], "version": document["version"],
            "template": document["template"]["id"], "provider": document["provider"]["key"],
            "service": document["service"]["key"], "period_from": period["from"], "period_to": period["to"],
            "concept": fact["concept"], "task_type": fact["task_type"], "dimension": member.get("dimension"),
            "member": member.get("name"), "unit": fact["unit"], "model": fact.get("model", "all"),
            "provider_kind": document["provider"]["kind"], "decimals": fact.get("decimals"),
            "provenance": fact["provenance"], "template_version": document["template"]["version"],
            "series": "month" if "month" in fact else "period",
        }  # fmt: skip
        for name, value in expected.items():
            assert cells[name] == value, (name, cells[name], value)
        if fact["value"] in NO_VALUE:
            assert cells["value"] == fact["value"]
        else:
            assert same_number(cells["value"], fact["value"]), (cells["value"], fact)
            # What the double does not hold stands beside it.
            exact = cells["value_exact"] or repr(cells["value"])
            assert Decimal(exact) == Decimal(fact["value"]), (exact, fact)
        compared += len(expected) + 1
    return compared


def figures(formulas, results, document):
    facts = Facts(document)
    rows = list(results.iter_rows(values_only=True))
    concepts, units = rows[1][5:], rows[2][5:]
    unit_of = {fact["concept"]: fact["unit"] for fact in document["facts"]}
    assert rows[1][:5] == ("task_type", "model", "series", "period_from", "period_to")
    assert units == tuple(unit_of[concept] for concept in concepts)
    column_of = {concept: index for index, concept in enumerate(concepts, start=6)}
    month_of = {fact["month"]["from"][:10]: tuple(fact["month"].values()) for fact in facts.all if "month" in fact}
    period = tuple(document["period"][end][:10] for end in ("from", "to"))
    compared, quotients = 0, 0
    for number, row in enumerate(rows[3:], start=4):
        task_type, model, series, *ends = row[:5]
        month = month_of[ends[0]] if series == "month" else None
        assert tuple(ends) == (tuple(end[:10] for end in month) if month else period)
        for concept, cell in zip(concepts, row[5:]):
            fact = facts.by_key.get((concept, task_type, model, month, "", ""))
            formula = formulas.cell(number, column_of[concept]).value
            if fact is None:
                assert cell is None and formula is None, (number, concept, cell)
            elif fact in NO_VALUE:
                assert cell == formula == fact
            else:
                assert same_number(cell, fact), (cell, fact)
                quotients += quotient(results, number, column_of, concept, formula, fact)
            compared += fact is not None
    main = [one for one in facts.by_key if one[0] in concepts and one[4] == ""]
    assert compared == len(main), (compared, len(main))
    assert quotients > 0
    return compared + quotients


PARTS = {
    "energy_per_task_mean": ("energy_facility_total", "tasks_completed"),
    "energy_per_task_it_mean": ("energy_it_total", "tasks_completed"),
    "carbon_location_per_task": ("carbon_location_total", "tasks_completed"),
    "carbon_market_per_task": ("carbon_market_total", "tasks_completed"),
}


def quotient(results, row, column_of, concept, formula, fact):
    """Whether the cell holds a formula, which then names its parts and gives the figure of the document."""
    parts = [column_of.get(part) for part in PARTS.get(concept, ())]
    values = [results.cell(row, part).value for part in parts if part]
    if len(values) < 2 or not all(isinstance(value, (int, float)) for value in values):
        assert not isinstance(formula, str), (concept, row, formula)
        return 0
    letters = [openpyxl.utils.get_column_letter(part) for part in parts]
    assert formula == f"={letters[0]}{row}/{letters[1]}{row}", formula
    again = (Decimal(repr(values[0])) / Decimal(repr(values[1]))).quantize(Decimal(10) ** -12, ROUND_HALF_EVEN)
    # The total has lost its last digits on its way into a double.
    assert abs(again - Decimal(fact)) <= Decimal(10) ** -12 + Decimal(fact) * Decimal(10) ** -15, (again, fact)
    return 1


def factors(sheet, document):
    header, *rows = sheet.iter_rows(values_only=True)
    rows = [dict(zip(header, row)) for row in rows]
    of = lambda kind: [row for row in rows if row["kind"] == kind]  # noqa: E731
    compared = 0
    for kind, member in (("grid_factor", "factors"), ("residual_mix", "residual_mixes")):
        assert len(of(kind)) == len(document[member])
        for row, used in zip(of(kind), document[member]):
            hours = used.get("site_hours", "not included")
            assert (row["name"], row["zone"], row["value"]) == (used["set"], used["zone"], hours)
            revisions = (used["lowest_revision"], used["highest_revision"])
            assert (row["lowest_revision"], row["highest_revision"]) == revisions
            assert (row["source"], row["licence"], row["remark"]) == (
                used["source"], used["licence"], used["attribution"])  # fmt: skip
            compared += 8
    contracts = [
        (used["contract"], used[field], unit)
        for used in document["contracts"]
        for field, unit in (("g_per_kwh", "gCO2e/kWh"), ("volume_kwh", "kWh"), ("covered_wh", "Wh"))
    ]
    sites = [
        (factor["kind"], factor["value"], "1") for site in document["sites"] for factor in site["declared_factors"]
    ]
    meters = [(line["kind"], line["percent"], "%") for site in document["sites"] for line in site.get("meter_classes", [])]
    defaults = [(used["kind"], used[field], "1") for used in document["defaults"] for field in ("value", "share")]
    water = [(used["zone"], used["l_per_kwh"], "L/kWh") for used in document.get("water_factors", [])]
    embodied = [
        (used["accelerator"], value, unit)
        for used in document.get("embodied_carbon", [])
        for value, unit in ((used["kg"], "kgCO2e"), (used["lifetime_hours"], "h"))
    ]
    hardware = [(used["accelerator"], used["accelerators"], "1") for used in document.get("hardware", [])]
    for kind, expected in (
        ("contract", contracts), ("site_factor", sites), ("meter_class", meters), ("default_factor", defaults), ("water_factor", water),
        ("embodied_carbon", embodied), ("hardware", hardware),
    ):  # fmt: skip
        assert len(of(kind)) == len(expected), kind
        for row, (name, value, unit) in zip(of(kind), expected):
            assert row["name"] == name and row["unit"] == unit and same_number(row["value"], value), (row, value)
            compared += 3
    return compared


def notes(sheet, document):
    header, *rows = sheet.iter_rows(values_only=True)
    assert header == ("section", "item", "language", "text")
    texts = {row[3] for row in rows}
    provider, verification = document["provider"], document["verification"]
    expected = [document["template"]["status_line"], document["address"], provider["legal_name"], *document["limits"]]
    expected += [verification.get(field) for field in ("kind", "standard", "verifier")]
    expected += [document.get("reason"), provider.get("lei"), provider.get("role"), provider.get("contact")]
    expected = [text for text in expected if text is not None]
    for text in expected:
        assert text in texts, text
    languages = [("texts", one["field"], one["language"], one["text"]) for one in document.get("texts", [])]
    assert [row for row in rows if row[0] == "texts"] == languages
    history = [row[3] for row in rows if row[0] == "history" and (row[1] or "").startswith("version")]
    for line, text in zip(document.get("history", []), history, strict=True):
        assert line["document_sha256"] in text
    return len(expected) + len(languages) + len(history)
