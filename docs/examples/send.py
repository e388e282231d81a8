"""Sends records of AI tasks to Taskwatt: python3 send.py records.ndjson

The file holds one record a line. Every record has an `id` that was made with the task, not when it is
sent. That makes it safe to send it again: where an answer is lost, nobody knows whether the records were
stored, and the service counts each id once, however often it comes.
"""

import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

URL = os.environ.get("TASKWATT_URL", "http://127.0.0.1:8080")
BATCH = 5_000
ATTEMPTS = 8
# Sending the same batch later may succeed: the service is busy or away, or something before it is.
PASSING = {408, 429, 502, 503, 504}


def post(lines, key):
    """Posts records once. Returns the status, the answer and the seconds that the service asks to wait."""
    request = urllib.request.Request(
        f"{URL}/v1/records",
        data="\n".join(lines).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"},
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, json.load(response), 0
    except urllib.error.HTTPError as refusal:
        text = refusal.read().decode(errors="replace")
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"detail": text}
        wait = refusal.headers.get("Retry-After", "")
        return refusal.code, answer, int(wait) if wait.isdigit() else 0


def send(lines, key):
    """Posts records until the service has answered for them; returns the status and the answer."""
    for attempt in range(1, ATTEMPTS + 1):
        wait = 0
        try:
            status, answer, wait = post(lines, key)
            if status not in PASSING:
                return status, answer
            why = f"{status}: {answer.get('detail')}"
        except (OSError, http.client.HTTPException) as error:
            why = str(error)
        if attempt < ATTEMPTS:
            # Twice as long each time, part of it by chance, and never sooner than asked.
            delay = max(wait, min(30, 0.25 * 2**attempt) * random.uniform(0.5, 1))
            print(f"{why}; trying again in {delay:.1f} s", file=sys.stderr)
            time.sleep(delay)
    sys.exit(f"gave up after {ATTEMPTS} attempts: {why}")


def main():
    key = os.environ["TASKWATT_KEY"]
    # Lines stay text, so that no amount of energy passes through a float. For records in memory, use
    # lines = [json.dumps(record) for record in records], with amounts as strings: "energy_wh": "0.25".
    with open(sys.argv[1], encoding="utf-8-sig") as file:
        lines = [line.strip() for line in file if line.strip()]
    refused = False
    for first in range(0, len(lines), BATCH):
        batch = lines[first : first + BATCH]
        status, answer = send(batch, key)
        if "accepted" not in answer:
            sys.exit(f"{status}: {answer.get('title')}: {answer.get('detail')}")
        counts = [f"{answer.get(name, 0)} {name}" for name in ("accepted", "duplicates", "conflicts", "invalid")]
        print(f"records {first + 1} to {first + len(batch)}: {', '.join(counts)}")
        # 422 and 409: all but these records are stored. The pointer begins with the number of the record.
        for fault in answer.get("errors", []):
            refused = True
            print(f"{fault['pointer']}: {fault['code']}: {fault['detail']}")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
