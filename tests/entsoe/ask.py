"""Asks a service for generation per type with entsoe-py, the client that most people use.

    ENTSOE_ENDPOINT_URL=… ENTSOE_API_KEY=… ask.py EIC START END

prints the first value of each production type as JSON, in megawatts: {"Nuclear": 40000.0}.
"""

import json
import sys

import pandas as pd
from entsoe import EntsoeRawClient
from entsoe.parsers import parse_generation


def main() -> None:
    area, start, end = sys.argv[1], pd.Timestamp(sys.argv[2]), pd.Timestamp(sys.argv[3])
    text = EntsoeRawClient(retry_count=1).query_generation(area, start=start, end=end)
    table = parse_generation(text)
    # Where every series is of generation, the parser names the columns by the type alone.
    first = {name if isinstance(name, str) else name[0]: float(table[name].iloc[0]) for name in table.columns}
    json.dump(first, sys.stdout)


main()
