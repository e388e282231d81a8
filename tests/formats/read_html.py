"""The page, read by Python's HTML parser: every number in its tables and lists of figures is the document's, rounded as
the template says."""

import json
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

from document import NO_VALUE, Facts, count, figure, grouped, load, percent, plain, with_unit

VOID = {"meta", "link", "br", "rect", "wbr", "hr", "img", "input", "path", "line", "circle"}


class Page(HTMLParser):
    """Tables by the id of their caption, and the lists of figures by the id of the heading above them."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tables, self.lists, self.big = {}, {}, ""
        self.open, self.table, self.cell, self.heading = [], None, None, "headline"
        self.term = self.sink = None

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        classes = (names.get("class") or "").split()
        if tag not in VOID:
            self.open.append((tag, classes))
        if tag == "table":
            self.table = self.tables.setdefault(names["aria-labelledby"].split()[-1], [])
        elif tag == "tr" and self.table is not None:
            self.table.append({"part": self.part(), "cells": []})
        elif tag in ("td", "th") and self.table is not None:
            self.cell = {"tag": tag, "text": "", "sub": "", "classes": classes, "span": names.get("colspan")}
            self.table[-1]["cells"].append(self.cell)
        elif tag == "h2" and "id" in names:
            self.heading = names["id"]
        elif tag in ("dt", "dd"):
            self.sink = tag
            if tag == "dt":
                self.term = [self.heading, "", ""]
                self.lists.setdefault(self.heading, []).append(self.term)

    def part(self):
        return next(tag for tag, _ in reversed(self.open) if tag in ("thead", "tbody", "tfoot"))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open and self.open[-1][0] == tag, (tag, self.open[-3:], self.getpos())
        self.open.pop()
        if tag == "table":
            self.table = self.cell = None
        elif tag in ("td", "th"):
            self.cell = None
        elif tag in ("dt", "dd"):
            self.sink = None

    def handle_data(self, text):
        inside = {tag for tag, _ in self.open}
        is_sub = any("sub" in classes for _, classes in self.open)
        if "svg" in inside or "style" in inside:
            return
        if self.cell is not None:
            self.cell["sub" if is_sub else "text"] += text
        elif self.sink and not is_sub:
            self.term[1 if self.sink == "dt" else 2] += text
        elif any("figure-value" in classes for _, classes in self.open):
            self.big += text


def check(directory):
    document = load(directory)
    template = json.loads((directory / "template.json").read_text(encoding="utf-8"))
    rounding = template["rounding"]
    assert (rounding["headline_significant_figures"], rounding["table_significant_figures"]) == (2, 3)
    page = Page()
    page.feed((directory / "disclosure.html").read_text(encoding="utf-8"))
    page.close()
    assert not page.open, page.open
    checker = Checker(document, page)
    checker.headline()
    for name, rows in page.tables.items():
        own = getattr(checker, name.removeprefix("t-").replace("-", "_"), checker.other)
        body = [row["cells"] for row in rows if row["part"] == "tbody"]
        foot = [row["cells"] for row in rows if row["part"] == "tfoot"]
        assert body, f"the table {name} is empty"
        own(body, foot)
    return checker.compared


class Checker:
    """One method for each table of the page."""

    def __init__(self, document, page):
        self.document, self.facts, self.page, self.compared = document, Facts(document), page, 0
        self.labels = {}
        self.names = {model["key"]: model["name"] for model in document["models"]}

    def same(self, cells, expected):
        texts = [cell["text"].strip() for cell in cells]
        assert texts == expected, (texts, expected)
        self.compared += len(expected)

    def row_of(self, task_type):
        value = lambda concept: self.facts.value(concept, task_type)  # noqa: E731
        concepts = [
            "energy_per_task_mean", "energy_per_task_median", "energy_per_task_p10", "energy_per_task_p90",
            "energy_per_task_p95", "energy_per_task_p99", "energy_per_task_it_mean", "energy_per_1000_output_tokens",
            "carbon_location_per_task",
        ]  # fmt: skip
        return [count(value("tasks_completed"))] + [figure(value(concept)) for concept in concepts]

    def types(self, body, foot):
        for cells, task_type in zip(body, self.facts.task_types(), strict=True):
            self.labels[cells[0]["text"]] = task_type
            self.same(cells[1:], self.row_of(task_type))
        self.same(foot[0][1:], self.row_of("all"))

    def interval(self, body, foot):
        of = ["energy_per_task_low", "energy_per_task_mean", "energy_per_task_high"]
        for cells, task_type in zip([*body, *foot], [*self.facts.task_types(), "all"], strict=True):
            self.same(cells[1:], [figure(self.facts.value(concept, task_type)) for concept in of])

    def by_model(self, body, _):
        told = {(fact["model"], fact["task_type"]) for fact in self.facts.all if "model" in fact and "month" not in fact
                and fact["concept"] == "tasks_completed"}  # fmt: skip
        keys, seen = {}, set()
        for model, name in self.names.items():
            keys.setdefault(name, []).append(model)
        for cells in body:
            (model,) = keys[cells[0]["text"]]
            task_type = self.labels.get(cells[1]["text"], "all")
            assert (model, task_type) in told and (model, task_type) not in seen
            seen.add((model, task_type))
            value = lambda concept: self.facts.value(concept, task_type, model)  # noqa: E731, B023
            concepts = ["energy_per_task_mean", "energy_per_task_low", "energy_per_task_high",
                        "energy_per_1000_output_tokens"]  # fmt: skip
            expected = [count(value("tasks_completed"))] + [figure(value(concept)) for concept in concepts]
            self.same(cells[2:], expected)
        # A model with one task type has one row, of which both would be the same.
        types_of = lambda model: sum(1 for own, task_type in told if own == model and task_type != "all")  # noqa: E731
        missing = {one for one in told - seen if one[1] != "all" or types_of(one[0]) > 1}
        assert not missing, missing

    def change(self, body, _):
        for cells, line in zip(body, self.document["changes"], strict=True):
            of = (line["task_type"], line.get("model", "all"))
            ratio, low, high = (
                self.facts.value(f"energy_change_{end}", *of) for end in ("ratio", "low", "high")
            )
            if line["not_compared"]:
                expected = "not compared"
            elif ratio in NO_VALUE:
                expected = "not included"
            else:
                expected = f"{figure(ratio)} times"
                if low not in NO_VALUE and high not in NO_VALUE:
                    expected += f" ({figure(low)} to {figure(high)})"
            self.same(cells[2:], [expected])

    def months(self, body, _):
        months = {fact["month"]["from"]: tuple(fact["month"].values()) for fact in self.facts.all if "month" in fact
                  and fact["task_type"] == "all" and "model" not in fact}  # fmt: skip
        gaps = {gap["month"]["from"] for gap in self.document.get("series_gaps", [])}
        assert len(body) == len(months) + len(gaps)
        for cells, begin in zip(body, sorted([*months, *gaps]), strict=True):
            assert cells[0]["text"] == date.fromisoformat(begin[:10]).strftime("%B %Y")
            if begin in gaps:
                assert cells[1]["span"] == "4" and len(cells) == 2
                continue
            value = lambda concept: self.facts.value(concept, month=months[begin])  # noqa: E731, B023
            concepts = ["energy_per_task_mean", "energy_per_task_low", "energy_per_task_high"]
            expected = [count(value("tasks_completed"))] + [figure(value(concept)) for concept in concepts]
            self.same(cells[1:], expected)

    def units(self, body, _):
        units = {"energy_per_image", "energy_per_page", "energy_per_audio_second", "energy_per_video_second"}
        told = [fact["value"] for fact in self.facts.all if fact["concept"] in units]
        for cells, value in zip(body, told, strict=True):
            self.same(cells[2:], [figure(value)])

    def places(self, body, _):
        energy = dict(self.facts.shares("place_energy_share"))
        for cells, (name, share) in zip(body, self.facts.shares("place_task_share"), strict=True):
            self.same(cells[1:], [percent(share), percent(energy.get(name, "unknown"))])

    def evidence(self, body, _):
        shares = dict(self.facts.shares("evidence_share"))
        for cells, tier in zip(body, ["metered", "counter", "modelled", "declared"], strict=True):
            self.same(cells[1:2], [percent(shares.get(tier, "0"))])

    def shares(self, concept, body):
        for cells, (_, share) in zip(body, self.facts.shares(concept), strict=True):
            self.same(cells[1:], [percent(share)])

    def steps(self, body, _):
        self.shares("stage_share", body)

    def ladder(self, body, _):
        self.shares("factor_rung_share", body)

    def market(self, body, _):
        self.shares("market_share", body)

    def zones(self, body, _):
        self.shares("zone_energy_share", body)

    def factors(self, body, _):
        declared = [factor["value"] for site in self.document["sites"] for factor in site["declared_factors"]]
        values = declared + [used["value"] for used in self.document["defaults"]]
        for cells, value in zip(body, values, strict=True):
            self.same(cells[1:2], [plain(value)])

    def used(self, body, uses):
        for cells, used in zip(body, uses, strict=True):
            lowest, highest = used["lowest_revision"], used["highest_revision"]
            revisions = str(lowest) if lowest == highest else f"{lowest} to {highest}"
            hours = grouped(str(used["site_hours"])) if "site_hours" in used else "not included"
            self.same(cells[-2:], [hours, revisions])

    def sources(self, body, _):
        self.used(body, self.document["factors"])

    def residual(self, body, _):
        self.used(body, self.document["residual_mixes"])

    def contracts(self, body, _):
        for cells, used in zip(body, self.document["contracts"], strict=True):
            covered = used["covered_wh"]
            covered = covered if covered in NO_VALUE else str(Decimal(covered).scaleb(-3))
            expected = [figure(used["volume_kwh"]), figure(covered), plain(used["g_per_kwh"])]
            self.same(cells[-3:], expected)

    def embodied(self, body, _):
        for cells, used in zip(body, self.document["embodied_carbon"], strict=True):
            self.same(cells[2:4], [plain(used["kg"]), grouped(str(used["lifetime_hours"]))])

    def other(self, body, foot):
        """A table that has no method: each of its numbers is at least one of the document's."""
        for cells in [*body, *foot]:
            for cell in cells:
                if "num" in cell["classes"] and cell["tag"] == "td":
                    assert cell["text"].strip() in self.roundings(), cell
                    self.compared += 1

    def roundings(self):
        """Every number of the document as a page may show it."""
        if not hasattr(self, "_roundings"):
            self._roundings = set(NO_VALUE)
            numbers = set()
            collect(self.document, numbers)
            for number in numbers:
                shown = [figure(number, 2), figure(number), grouped(number), plain(number), grouped(plain(number))]
                if 0 <= Decimal(number) <= 1:
                    shown.append(percent(number))
                self._roundings.update(shown)
        return self._roundings

    def headline(self):
        value = self.facts.value
        assert self.page.big.strip() == f"{figure(value('energy_per_task_mean'), 2)} Wh", self.page.big
        mean = lambda concept, unit, digits=3: with_unit(value(concept), unit, digits)  # noqa: E731
        low, high = "energy_per_task_low", "energy_per_task_high"
        expected = {
            ("headline", "Median task"): mean("energy_per_task_median", "Wh", 2),
            ("headline", "IT energy per task"): mean("energy_per_task_it_mean", "Wh", 2),
            ("headline", "Carbon per task"): mean("carbon_location_per_task", "g", 2),
            ("headline", "Completed tasks"): count(value("tasks_completed")),
            ("headline", "Coverage"): percent(value("coverage")),
            ("tasks", "Failed"): count(value("tasks_failed")),
            ("tasks", "Cancelled"): count(value("tasks_cancelled")),
            ("tasks", "Share of the energy that failed and cancelled tasks used"): percent(value("unfinished_share")),
            ("tasks", "Facility energy of all tasks"): mean("energy_facility_total", "Wh"),
            ("tasks", "IT energy of all tasks"): mean("energy_it_total", "Wh"),
            ("carbon", "Location-based, per completed task"): mean("carbon_location_per_task", "g") + " CO2e",
            ("carbon", "Location-based, all tasks of the period"): mean("carbon_location_total", "g") + " CO2e",
            ("market", "Market-based, per completed task"): mean("carbon_market_per_task", "g") + " CO2e",
            ("market", "Market-based, all tasks of the period"): mean("carbon_market_total", "g") + " CO2e",
            ("market", "Covered by contracts hour by hour"): percent(value("hourly_matched_share")),
            ("water", "On site, per completed task"): mean("water_on_site_per_task", "L"),
            ("water", "On site, all tasks of the period"): mean("water_on_site_total", "L"),
            ("water", "At power plants, per completed task"): mean("water_indirect_per_task", "L"),
            ("water", "At power plants, all tasks of the period"): mean("water_indirect_total", "L"),
            ("embodied", "Per completed task"): mean("embodied_carbon_per_task", "g"),
            ("embodied", "All tasks of the period"): mean("embodied_carbon_total", "g"),
        }
        if "interval" in self.document:
            ends = f"{figure(value(low), 2)} to {figure(value(high), 2)} Wh"
            expected[("headline", "95 % interval of the mean")] = ends
        for (heading, term), text in expected.items():
            found = [own[2].strip() for own in self.page.lists.get(heading, []) if own[1].strip() == term]
            assert found == [text], (heading, term, found, text)
            self.compared += 1


def collect(value, numbers):
    """Texts and integers of the document that are numbers."""
    if isinstance(value, dict):
        for one in value.values():
            collect(one, numbers)
    elif isinstance(value, list):
        for one in value:
            collect(one, numbers)
    elif isinstance(value, int) and not isinstance(value, bool):
        numbers.add(str(value))
    elif isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit() and value.isascii():
        numbers.add(value)
