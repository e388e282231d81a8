"""Reads a document of generation per type with entsoe-py, the client that most people use.

    check.py DOCUMENT

prints what was generated as JSON, megawatts by production type and beginning of the interval (UTC):
{"Nuclear": {"2023-01-01T00:00:00Z": 40000.0}}. Consumption and gaps are left out.
"""

import json
import sys

import pandas as pd
from entsoe.parsers import parse_generation


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        table = parse_generation(file.read())
    generation: dict[str, dict[str, float]] = {}
    for column in table.columns:
        # Where every series is of generation, or every one of consumption, the parser drops the second
        # name; the documents of this check have both.
        production_type, direction = column
        if direction != "Actual Aggregated":
            continue
        values = pd.to_numeric(table[column]).dropna()
        times = values.index.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
        generation[production_type] = dict(zip(times, values.tolist(), strict=True))
    json.dump(generation, sys.stdout)


main()
