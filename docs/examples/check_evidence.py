"""Computes the mean and the location-based carbon of a disclosure from its evidence: python3 check_evidence.py evidence.zip

Everything is computed in exact fractions and rounded once, at the end, half to even, as the method says. It shares no
code with the service. The exit status is 1 where a figure or a digest is not that of the document.
"""

import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import defaultdict
from fractions import Fraction

MICROJOULES_PER_WH = 3_600_000_000
MICROJOULES_PER_KWH = 1_000 * MICROJOULES_PER_WH
# What lies between a boundary and the facility, innermost first.
LAYERS = [
    ("accelerator", "server_per_accelerator"),
    ("server", "it_per_server"),
    ("it", "pue"),
]
BOUNDARIES = ["accelerator", "server", "it", "facility"]


def rows(archive, name):
    with archive.open(name) as file:
        yield from csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))


class Factors:
    """What sites declare, and the defaults."""

    def __init__(self, archive):
        self.defaults = {row["kind"]: Fraction(row["value"]) for row in rows(archive, "inputs/default_factors.csv")}
        self.declared = defaultdict(list)
        for row in rows(archive, "inputs/site_factors.csv"):
            told = (int(row["revision"]), row["valid_from"], row["valid_to"], Fraction(row["value"]))
            self.declared[row["site"], row["kind"]].append(told)
        self.known = {}

    def at(self, site, kind, hour):
        key = (site, kind, hour)
        if key not in self.known:
            # Times of one form compare as texts. Of several values for one hour the latest telling holds.
            holding = [told for told in self.declared[site, kind] if told[1] <= hour < told[2]]
            self.known[key] = max(holding)[3] if holding else self.defaults[kind]
        return self.known[key]

    def to_facility(self, site, boundary, hour):
        factor = Fraction(1)
        for inner, kind in LAYERS[BOUNDARIES.index(boundary) :]:
            factor *= self.at(site, kind, hour)
        return factor


def decimal(value, decimals=12):
    """Rounds half to even and writes all decimals."""
    scaled = round(value * 10**decimals)
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled), 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}d}"


def compute(archive):
    """The figures of all tasks together, by the names of their concepts."""
    factors = Factors(archive)
    groups = {row["group"]: row for row in rows(archive, "inputs/groups.csv")}
    grid = {(row["zone"], row["hour"]): Fraction(row["g_per_kwh"]) for row in rows(archive, "inputs/grid.csv")}
    tasks, reported, facility, carbon = 0, 0, Fraction(0), Fraction(0)
    if "inputs/days.csv" not in archive.namelist():
        sys.exit("this archive was made by a program with method 0.6.0 or before; take the script of that version")
    of_day = {}
    left = defaultdict(int)
    for row in rows(archive, "inputs/days.csv"):
        key, energy = (row["group"], row["day"]), int(row["energy_uj"])
        # Declarations of sites hold for whole days.
        of_day[key] = factors.to_facility(groups[row["group"]]["site"], row["boundary"], f"{row['day']}T00:00:00Z")
        tasks += int(row["tasks_completed"])
        reported += energy
        facility += energy * of_day[key]
        left[key] += energy
    for row in rows(archive, "inputs/hours.csv"):
        key, energy = (row["group"], row["hour"][:10]), int(row["energy_uj"])
        carbon += energy * of_day[key] * grid[groups[row["group"]]["zone"], row["hour"]]
        left[key] -= energy
    for row in rows(archive, "inputs/estimates.csv"):
        group, hour = groups[row["group"]], row["hour"]
        energy = int(row["energy_uj"]) * factors.to_facility(group["site"], row["boundary"], hour)
        tasks += int(row["tasks_completed"])
        reported += int(row["energy_uj"])
        facility += energy
        carbon += energy * grid[group["zone"], hour]
    if any(left.values()):
        sys.exit("hours.csv does not add up to days.csv")
    return {
        "tasks_completed": str(tasks),
        "energy_reported_total": str(reported),
        "energy_facility_total": decimal(facility / MICROJOULES_PER_WH),
        "energy_per_task_mean": decimal(facility / MICROJOULES_PER_WH / tasks),
        "carbon_location_total": decimal(carbon / MICROJOULES_PER_KWH),
        "carbon_location_per_task": decimal(carbon / MICROJOULES_PER_KWH / tasks),
    }


def stated(document, concept):
    """The value of a figure of all tasks in the whole period."""
    [fact] = [
        fact
        for fact in document["facts"]
        if fact["concept"] == concept
        and fact["task_type"] == "all"
        and not fact.get("model")
        and not fact.get("month")
        and not fact.get("member")
    ]
    return fact["value"]


def check(path):
    with zipfile.ZipFile(path) as archive:
        document_bytes = archive.read("document.json")
        document = json.loads(document_bytes)
        digests = dict(
            reversed(line.split("  ", 1)) for line in archive.read("SHA256SUMS").decode().splitlines()
        )
        computed = compute(archive)
    failures = 0
    [published] = [digest for name, digest in digests.items() if name.endswith("-disclosure.json")]
    if published == hashlib.sha256(document_bytes).hexdigest():
        print("document.json: has the digest of the published file")
    else:
        failures += 1
        print("document.json: does NOT have the digest of the published file")
    for concept, value in computed.items():
        said = stated(document, concept)
        failures += said != value
        print(f"{concept}: {value}" + (", as the document says" if said == value else f", but the document says {said}"))
    return failures


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(1 if check(sys.argv[1]) else 0)
