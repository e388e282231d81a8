#!/usr/bin/env python3
"""The golden vectors of the method: what is sent, and what the published figures are, worked out by hand.

Every expected value below is an expression in exact fractions, written down from the text of the method and not from
the program: it shares no code with it. The file `method.json` is what this prints; the tests hold the service against
that file (tests/integration/method/golden.rs).

    python3 tests/golden/method.py            writes method.json
    python3 tests/golden/method.py --check    fails where method.json is not what this prints
"""

import json
import sys
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path

getcontext().prec = 60
F = Fraction

# §2: multipliers of layers that the provider did not declare.
SERVER, IT, PUE = F("1.43"), F("1.12"), F("1.36")
# The built-in factor of Germany for 2025 (data/intensity/electricity_maps_annual_2021-2025.csv), g/kWh.
DE_2025 = F(342)


def rounded(value, decimals):
    """A fraction with so many decimals, half to even, as text."""
    scaled = value * 10**decimals
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    if twice > scaled.denominator or (twice == scaled.denominator and whole % 2):
        whole += 1
    sign, digits = ("-" if whole < 0 else ""), str(abs(whole)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def fact(concept, value, task_type="all", member=None):
    """One figure of the document: Wh, g and ratios of counts have 12 decimals, shares have 6."""
    if isinstance(value, Fraction):
        shares = ("share", "overhead")
        decimals = 6 if concept.endswith(shares) and concept != "percentile_left_out_share" else 12
        value = rounded(value, decimals)
    return {"concept": concept, "task_type": task_type, "member": member, "value": str(value)}


def record(key, **fields):
    """A task at noon of 1 October 2025; the fields given replace these, and None takes one away."""
    whole = {
        "id": key, "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
        "started_at": "2025-10-01T12:00:00Z", "outcome": "completed", "boundary": "facility", "evidence": "metered",
        "energy_wh": "1",
    }
    if any(name in fields for name in ("energy_j", "energy_kwh")):
        del whole["energy_wh"]
    whole.update(fields)
    return {name: value for name, value in whole.items() if value is not None}


def window(key, **fields):
    whole = {
        "id": key, "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
        "from": "2025-10-01T12:00:00Z", "to": "2025-10-01T13:00:00Z", "boundary": "facility", "evidence": "metered",
    }
    whole.update(fields)
    return whole


def declare(kind, value, first="2025-01-01", last="2026-01-01", site="s-1"):
    body = {"kind": kind, "value": value, "from": first, "to": last}
    return ["POST", f"/v1/sites/{site}/factors", body]


VECTORS = []


def vector(section, name, by_hand, facts, records=(), windows=(), tell=(), near=(), **request):
    """`near` figures are those of histograms: within 1 % of the exact value, which stands here."""
    VECTORS.append({
        "section": section, "name": name, "by_hand": by_hand, "tell": list(tell), "records": list(records),
        "windows": list(windows), "request": request, "facts": facts, "near": list(near),
    })


def energy(it, facility, tasks=1):
    """The four figures of energy, of amounts in Wh."""
    return [
        fact("energy_it_total", it),
        fact("energy_facility_total", facility),
        fact("energy_per_task_it_mean", it / tasks if isinstance(it, Fraction) else it),
        fact("energy_per_task_mean", facility / tasks),
    ]


# ---------------------------------------------------------------------------------------------------------------------
# §2 Normalising to the facility: one case for each boundary, with default, declared and mixed layers.

ACCELERATOR = {"boundary": "accelerator", "evidence": "counter"}

vector("2", "accelerator energy with every layer by default",
       "1 Wh · 1.43 · 1.12 = 1.6016 Wh of IT; · 1.36 = 2.178176 Wh. All of it used a default.",
       energy(SERVER * IT, SERVER * IT * PUE) + [fact("default_factor_share", F(1))],
       [record("a", **ACCELERATOR)])

vector("2", "server energy with every layer by default",
       "1 Wh · 1.12 = 1.12 Wh of IT; · 1.36 = 1.5232 Wh. The layer inside the boundary is not applied.",
       energy(IT, IT * PUE), [record("a", boundary="server")])

vector("2", "IT energy with the default PUE",
       "1 Wh of IT; · 1.36.",
       energy(F(1), PUE), [record("a", boundary="it")])

vector("2", "facility energy is not multiplied, and no default PUE is divided out of it",
       "1 Wh as it came; what of it is IT nobody declared.",
       energy("unknown", F(1)) + [fact("default_factor_share", F(0))], [record("a")])

vector("2", "facility energy with a declared PUE: its IT part is the quotient",
       "2.5 Wh ÷ 1.25 = 2 Wh of IT; 2.5 Wh of the facility.",
       energy(F(2), F("2.5")), [record("a", energy_wh="2.5")], tell=[declare("pue", "1.25")])

vector("2", "every layer declared",
       "1 Wh · 1.5 · 1.1 = 1.65; · 1.2 = 1.98. No default.",
       energy(F("1.65"), F("1.98")) + [fact("default_factor_share", F(0))],
       [record("a", **ACCELERATOR)],
       tell=[declare("server_per_accelerator", "1.5"), declare("it_per_server", "1.1"), declare("pue", "1.2")])

vector("2", "declared and default layers in one product",
       "1 Wh · 1.5 (declared) · 1.12 (default) = 1.68; · 1.36 (default) = 2.2848. All of it used a default.",
       energy(F("1.68"), F("2.2848")) + [fact("default_factor_share", F(1))],
       [record("a", **ACCELERATOR)], tell=[declare("server_per_accelerator", "1.5")])

vector("2", "a factor of six decimals is applied in full",
       "0.1 Wh · 1.123457 · 1.000001 · 1.999999: eighteen decimals before the one rounding.",
       energy(F("0.1") * F("1.123457") * F("1.000001"),
              F("0.1") * F("1.123457") * F("1.000001") * F("1.999999")),
       [record("a", energy_wh="0.1", **ACCELERATOR)],
       tell=[declare("server_per_accelerator", "1.123457"), declare("it_per_server", "1.000001"),
             declare("pue", "1.999999")])

vector("2", "all four boundaries together",
       "Each 1 Wh at a declared PUE of 1.25: 1.43·1.12·1.25 + 1.12·1.25 + 1.25 + 1 over 4 tasks; of IT "
       "1.43·1.12 + 1.12 + 1 + 1÷1.25.",
       energy(SERVER * IT + IT + 1 + F("0.8"), (SERVER * IT + IT + 1) * F("1.25") + 1, 4)
       + [fact("default_factor_share",
               (SERVER * IT + IT) * F("1.25") / ((SERVER * IT + IT + 1) * F("1.25") + 1))],
       [record("a", **ACCELERATOR), record("b", boundary="server"), record("c", boundary="it"), record("d")],
       tell=[declare("pue", "1.25")])

vector("2", "the PUE of the day is applied, and the PUE of a period is a ratio of sums",
       "3 Wh at 1.1 and 1 Wh at 1.5: 3.3 + 1.5 = 4.8 Wh. The mean of both PUEs would give 5.2.",
       energy(F(4), F("4.8"), 2),
       [record("a", boundary="it", energy_wh="3"),
        record("b", boundary="it", started_at="2025-10-02T00:00:00Z")],
       tell=[declare("pue", "1.1", "2025-10-01", "2025-10-02"), declare("pue", "1.5", "2025-10-02", "2025-10-03")])

vector("2", "a PUE holds from its first instant up to the first that is no longer inside",
       "The last microsecond of 1 October is at 1.1, the first of 2 October at 1.5, and 3 October at the default.",
       energy(F(3), F("1.1") + F("1.5") + PUE, 3),
       [record("a", boundary="it", started_at="2025-10-01T23:59:59.999999Z"),
        record("b", boundary="it", started_at="2025-10-02T00:00:00Z"),
        record("c", boundary="it", started_at="2025-10-03T00:00:00Z")],
       tell=[declare("pue", "1.1", "2025-10-01", "2025-10-02"), declare("pue", "1.5", "2025-10-02", "2025-10-03")])

vector("2", "of two tellings of one day the later counts",
       "1 Wh at 1.3, not at 1.1.",
       energy(F(1), F("1.3")), [record("a", boundary="it")],
       tell=[declare("pue", "1.1"), declare("pue", "1.3", "2025-10-01", "2025-11-01")])

vector("2", "energy of which it was settled that the PUE is outside, and then inside",
       "2 Wh on 1 October are of IT, 3 Wh on 2 October of the facility; PUE 1.5: 3 + 3 Wh, of IT 2 + 2.",
       energy(F(4), F(6), 2),
       [record("a", boundary="it_or_facility", energy_wh="2"),
        record("b", boundary="it_or_facility", energy_wh="3", started_at="2025-10-02T12:00:00Z")],
       tell=[declare("pue", "1.5"),
             ["POST", "/v1/sites/s-1/boundary", {"boundary": "it", "from": "2025-10-01", "to": "2025-10-02"}],
             ["POST", "/v1/sites/s-1/boundary", {"boundary": "facility", "from": "2025-10-02", "to": "2025-10-03"}]])

# ---------------------------------------------------------------------------------------------------------------------
# §3 Average energy per task.

vector("3", "failed and cancelled tasks stay in the numerator and leave the denominator",
       "1 + 2 + 4 + 8 Wh over 2 completed tasks = 7.5; unfinished 12 of 15.",
       [fact("energy_per_task_mean", F("7.5")), fact("tasks_completed", 2), fact("tasks_failed", 1),
        fact("tasks_cancelled", 1), fact("unfinished_share", F(12, 15)),
        fact("energy_reported_total", 15 * 3_600_000_000)],
       [record("a"), record("b", energy_wh="2"), record("c", energy_wh="4", outcome="failed"),
        record("d", energy_wh="8", outcome="cancelled")])

vector("3", "the mean over task types is a ratio of sums and no mean of means",
       "Chat 1 Wh over 3 tasks, code 9 Wh over 1: 10 ÷ 4 = 2.5. The mean of 1÷3 and 9 would be 4.67.",
       [fact("energy_per_task_mean", F(10, 4)), fact("energy_per_task_mean", F(1, 3), "chat"),
        fact("energy_per_task_mean", F(9), "code")],
       [record("a", energy_wh="0.5"), record("b", energy_wh="0.25"), record("c", energy_wh="0.25"),
        record("d", energy_wh="9", task_type="code")])

vector("3", "a mean that does not end is rounded once, half to even, in its twelfth decimal",
       "2 Wh ÷ 3 = 0.666…667.",
       [fact("energy_per_task_mean", F(2, 3))],
       [record("a", energy_wh="0.5"), record("b", energy_wh="0.5"), record("c")])

vector("3", "half of the last decimal goes to the even digit: down",
       "9 µJ = 2.5·10⁻⁹ Wh over 5,000 tasks = 0.5·10⁻¹² Wh: to 0.",
       [fact("energy_per_task_mean", F(9, 3_600_000_000 * 5_000))],
       windows=[window("w", tasks_completed=5_000, energy_j="0.000009")])

vector("3", "half of the last decimal goes to the even digit: up",
       "27 µJ over 5,000 tasks = 1.5·10⁻¹² Wh: to 2·10⁻¹².",
       [fact("energy_per_task_mean", F(27, 3_600_000_000 * 5_000))],
       windows=[window("w", tasks_completed=5_000, energy_j="0.000027")])

vector("3", "windows and records add up, and percentiles leave windows without a histogram out",
       "6 Wh over 5 tasks and 1 Wh over 1: 7 ÷ 6; 5 of 6 completed tasks are in no histogram.",
       [fact("energy_per_task_mean", F(7, 6)), fact("percentile_left_out_share", F(5, 6)),
        fact("tasks_failed", 2), fact("unfinished_share", "unknown")],
       [record("a")],
       [window("w", tasks_completed=5, tasks_failed=2, energy_wh="6", task_type="code")],
       near=[fact("energy_per_task_median", F(1))])

MICRO = F(1, 3_600_000_000)
vector("3", "nearest rank of one hundred tasks of 1 to 100 µJ is the percentage",
       "p10 is the 10th of 100 in order, the median the 50th, and so on; below 128 µJ a histogram is exact.",
       [fact("energy_per_task_p10", 10 * MICRO), fact("energy_per_task_median", 50 * MICRO),
        fact("energy_per_task_p90", 90 * MICRO), fact("energy_per_task_p95", 95 * MICRO),
        fact("energy_per_task_p99", 99 * MICRO)],
       [record(f"r{number}", energy_j=f"0.{number:06}") for number in range(100, 0, -1)])

vector("3", "nearest rank rounds the rank up",
       "Of 7 tasks: p10 the 1st (0.7), median the 4th (3.5), p90 the 7th (6.3), p95 and p99 the 7th.",
       [fact("energy_per_task_p10", 3 * MICRO), fact("energy_per_task_median", 31 * MICRO),
        fact("energy_per_task_p90", 97 * MICRO), fact("energy_per_task_p95", 97 * MICRO),
        fact("energy_per_task_p99", 97 * MICRO)],
       [record(f"r{number}", energy_j=f"0.{number:06}") for number in (31, 3, 97, 11, 41, 5, 59)])

vector("3", "percentiles of tasks are brought to the facility, and failed tasks are in none",
       "Chat at IT with PUE 1.25: 100 µJ → 125; code at the facility: 120 and 130 µJ. In order 120, 125, 130.",
       [fact("energy_per_task_p10", 120 * MICRO), fact("energy_per_task_median", 125 * MICRO),
        fact("energy_per_task_median", 120 * MICRO, "code")],
       [record("a", boundary="it", energy_j="0.0001"), record("b", task_type="code", energy_j="0.00012"),
        record("c", task_type="image_generation", boundary="it", energy_j="0.000104"),
        record("d", outcome="failed", energy_j="0.000001")],
       tell=[declare("pue", "1.25")])

sizes = [F("0.2") + F(index * index, 100) for index in range(41)]
vector("3", "percentiles of ordinary tasks are within 1 % of the sorted ones",
       "41 tasks of 0.2 to 16.2 Wh: ranks 5, 21, 37, 39 and 41.",
       [], [record(f"r{index}", energy_wh=str(float(size))) for index, size in enumerate(sizes)],
       near=[fact("energy_per_task_p10", sizes[4]), fact("energy_per_task_median", sizes[20]),
             fact("energy_per_task_p90", sizes[36]), fact("energy_per_task_p95", sizes[38]),
             fact("energy_per_task_p99", sizes[40])])

vector("3", "energy per 1,000 output tokens is of the tasks that state their tokens",
       "2 + 1 Wh over 500 + 250 tokens = 4 Wh per 1,000; the third task states none and is left out.",
       [fact("energy_per_1000_output_tokens", F(3, 750) * 1_000), fact("energy_per_task_mean", F(8, 3))],
       [record("a", energy_wh="2", output_tokens=500, reasoning_tokens=400, input_tokens=9, cached_tokens=9),
        record("b", output_tokens=250), record("c", energy_wh="5", output_tokens=None)])

vector("3", "natural units beside the task",
       "3 Wh over 4 images, 1 over 8 pages, 2 over 2.5 s of sound, 6 over 0.000003 s of video.",
       [fact("energy_per_image", F(3, 4), "image_generation"), fact("energy_per_page", F(1, 8), "ocr"),
        fact("energy_per_audio_second", F(2) / F("2.5"), "speech_to_text"),
        fact("energy_per_video_second", F(6) / F("0.000003"), "video_generation"),
        fact("energy_per_image", F(3, 4))],
       [record("a", task_type="image_generation", energy_wh="3", images=4),
        record("b", task_type="ocr", pages=8),
        record("c", task_type="speech_to_text", energy_wh="2", audio_seconds="2.5"),
        record("d", task_type="video_generation", energy_wh="6", video_seconds="0.000003"),
        record("e", task_type="code", energy_wh="100")])

vector("3", "coverage is tasks reported ÷ tasks served, with failed and cancelled ones",
       "3 of 7.",
       [fact("coverage", F(3, 7))],
       [record("a"), record("b", outcome="failed"), record("c", outcome="cancelled")],
       tell=[["PUT", "/v1/services/chat/served/2025-10", {"tasks": 7}]])

vector("3", "the evidence mix is a share of facility energy",
       "Metered 1 Wh at the facility, counter 1 Wh at the server · 1.12 · 1.36 = 1.5232, modelled 2, declared 0.4768.",
       [fact("evidence_share", F(1) / 5, member="metered"), fact("evidence_share", F("1.5232") / 5, member="counter"),
        fact("evidence_share", F(2) / 5, member="modelled"), fact("evidence_share", F("0.4768") / 5, member="declared")],
       [record("a"), record("b", boundary="server", evidence="counter"),
        record("c", evidence="modelled", energy_wh="2"), record("d", evidence="declared", energy_wh="0.4768")])

vector("3", "steps are shares of all energy, the rest is unattributed, and checking is told together",
       "At IT with PUE 1.5 all is multiplied alike. Of 8 Wh: generation 4, retrieval 0.5, reranking 0.25, "
       "verification 0.75; the rest 2.5. Verification overhead 1.5 ÷ 8.",
       [fact("stage_share", F(4, 8), member="generation"), fact("stage_share", F("0.5") / 8, member="retrieval"),
        fact("stage_share", F("0.25") / 8, member="reranking"),
        fact("stage_share", F("0.75") / 8, member="verification"),
        fact("stage_share", F("2.5") / 8, member="unattributed"), fact("verification_overhead", F("1.5") / 8),
        fact("energy_facility_total", F(12))],
       [record("a", boundary="it", energy_wh="6", steps=[
           {"kind": "generation", "energy_wh": "3"}, {"kind": "generation", "energy_wh": "1"},
           {"kind": "retrieval", "energy_j": "1800"}, {"kind": "verification", "energy_kwh": "0.00075"}]),
        record("b", boundary="it", energy_wh="2", outcome="failed", steps=[{"kind": "reranking", "energy_wh": "0.25"}])],
       tell=[declare("pue", "1.5")])

vector("3", "calls made again are a share of all energy, and unknown where no task tells its steps",
       "At the server with PUE 1.5: all is multiplied by 1.12 · 1.5 alike. Made again: 1 + 0.5 Wh of 8. "
       "The second generation is a retry of the first, the tool of the failed task of its first.",
       [fact("retry_share", F("1.5") / 8), fact("stage_share", F(4, 8), member="generation"),
        fact("stage_share", F("0.75") / 8, member="tool"), fact("energy_facility_total", 8 * IT * F("1.5"))],
       [record("a", boundary="server", energy_wh="6", steps=[
           {"kind": "generation", "energy_wh": "3"}, {"kind": "generation", "energy_wh": "1", "retry": True}]),
        record("b", boundary="server", energy_wh="2", outcome="failed", steps=[
            {"kind": "tool", "energy_wh": "0.25", "retry": False},
            {"kind": "tool", "energy_j": "1800", "retry": True}])],
       tell=[declare("pue", "1.5")])

vector("3", "without steps nobody knows which calls were made again",
       "One task that tells no step.",
       [fact("retry_share", "unknown")],
       [record("a")])

vector("3", "where tasks ran, and what those elsewhere would have used at the mean of the cloud",
       "Chat in the cloud: 3 + 1 Wh over 1 completed = 4. On the device 0.5 Wh for one, at the edge 5 Wh for one: "
       "saved 3.5 − 1 = 2.5. Code has no cloud, so nothing is said of it. 10.5 Wh and 5 tasks in all.",
       [fact("place_task_share", F(2, 5), member="cloud"), fact("place_energy_share", F("4") / F("10.5"), member="cloud"),
        fact("place_task_share", F(2, 5), member="device"),
        fact("place_energy_share", F("1.5") / F("10.5"), member="device"),
        fact("place_task_share", F(1, 5), member="edge"),
        fact("place_saving_modelled", F("2.5"))],
       [record("a", place="cloud", energy_wh="3"), record("b", place="cloud", outcome="failed"),
        record("c", place="device", energy_wh="0.5"), record("d", place="edge", energy_wh="5"),
        record("e", place="device", task_type="code")])

# ---------------------------------------------------------------------------------------------------------------------
# §4 Estimating from tokens.


def accelerators(parameters, bits=16):
    needed = F(12, 10) * parameters * F(bits, 8) / 80_000_000_000
    count = 1
    while count < needed:
        count *= 2
    return count


def generation_wh(active, total, tokens, latency=None, batch=64, bits=16, count=None):
    """IT energy of the regression, in Wh; parameters as numbers, latency in seconds, accelerators where declared."""
    billions = Decimal(active) / Decimal(10**9)
    size = Decimal(batch)
    per_token = (Decimal("1.1665273170451914e-6") * (Decimal("-0.011205921025579175") * size).exp() * billions
                 + Decimal("4.052928146734005e-5"))
    seconds = tokens * (Decimal("6.785088094353663e-4") * billions + Decimal("3.119310311688259e-4") * size
                        + Decimal("0.019473717579473387"))
    if latency is not None:
        seconds = min(seconds, Decimal(latency))
    count = count or accelerators(total, bits)
    server = seconds / 3600 * Decimal(1200) * count / 8 / size
    return F(server + tokens * per_token * count)


REGRESSION = []


def regression(name, published_kwh, active, total, tokens, latency, pue="1.26", batch=64, bits=16):
    """Facility kWh with 18 decimals, cut. The published value is a float: its first 13 digits must be ours."""
    kwh = generation_wh(active, total, tokens, latency, batch, bits) * F(pue) / 1000
    if published_kwh:
        assert abs(kwh - F(published_kwh)) < F(published_kwh) / 10**13, (name, float(kwh))
    REGRESSION.append({
        "section": "4", "name": name, "parameters_total": total, "parameters_active": active, "batch": batch,
        "bits": bits, "output_tokens": tokens, "latency_s": latency, "pue": pue,
        "accelerators": accelerators(total, bits), "facility_kwh": rounded(kwh, 18),
    })


regression("the dense check of the method", "1.536243521642994e-5", 7_300_000_000, 7_300_000_000, 200, 5)
regression("the mixture check of the method", "3.994122499298407e-5", 12_900_000_000, 46_700_000_000, 200, 10)
regression("a latency that cuts the time", None, 7_300_000_000, 7_300_000_000, 200, 1)
regression("no latency", None, 70_000_000_000, 70_000_000_000, 1_000, None)
regression("declared batch and precision", None, 70_000_000_000, 70_000_000_000, 500, None, "1.1", 1, 8)
regression("a batch whose power is zero", None, 70_000_000_000, 70_000_000_000, 500, None, "1.1", 1_000_000, 8)
regression("beyond what was measured", None, 405_000_000_000, 405_000_000_000, 300, None, "1", 600, 16)

NO_ENERGY = {"energy_wh": None, "boundary": None, "evidence": None}


def coefficient(**fields):
    body = {"from": "2025-01-01", "to": "2026-01-01", "boundary": "it", "hardware": "H100", "source": "A bench",
            "licence": "CC0-1.0"}
    body.update(fields)
    return ["POST", "/v1/models/m-1/coefficients", body]


vector("4", "an estimate from a coefficient for output and input tokens",
       "300 · 2.4 J + 1,000 · 0.01 J = 730 J at the accelerators; · 1.43 · 1.12 · 1.36 ÷ 3,600.",
       energy(F(730, 3600) * SERVER * IT, F(730, 3600) * SERVER * IT * PUE)
       + [fact("estimated_share", F(1)), fact("evidence_share", F(1), member="modelled")],
       [record("a", output_tokens=300, input_tokens=1_000, **NO_ENERGY)],
       tell=[coefficient(output_token_j="2.4", input_token_j="0.01", boundary="accelerator")])

vector("4", "an estimate from accelerator time and power",
       "6 s · 600 W = 3,600 J = 1 Wh at the accelerators, over one completed and one failed task of 3 s each.",
       energy(SERVER * IT, SERVER * IT * PUE),
       [record("a", accelerator_seconds=3, **NO_ENERGY),
        record("b", accelerator_seconds="3.0", outcome="failed", **NO_ENERGY)],
       tell=[coefficient(accelerator_w="600", boundary="accelerator")])


vector("4", "tasks that write no tokens are estimated from those they read",
       "1,000 · 0.36 J + 0 written = 0.1 Wh of IT · 1.36; beside it 300 · 2.4 J = 0.2 Wh · 1.36 of a task that writes, "
       "from another coefficient of the same day.",
       energy(F("0.3"), F("0.3") * PUE, 2),
       [record("a", task_type="embedding", input_tokens=1_000, output_tokens=None, **NO_ENERGY),
        record("b", output_tokens=300, input_tokens=500, **NO_ENERGY)],
       tell=[coefficient(input_token_j="0.36"), coefficient(output_token_j="2.4", batch_size=8)])

vector("4", "where a coefficient tells of time alone, tasks with tokens and time are estimated from time",
       "6 s · 600 W = 1 Wh at the accelerators of an H100 that the records write in full.",
       energy(SERVER * IT, SERVER * IT * PUE) + [fact("evidence_share", F(1), member="modelled")],
       [record("a", output_tokens=300, accelerator_seconds=6, accelerator="nvidia-h100-sxm", **NO_ENERGY)],
       tell=[coefficient(accelerator_w="600", boundary="accelerator")])

vector("4", "of several coefficients the registered batch and precision single one out",
       "300 · 1.2 J = 0.1 Wh of IT · 1.36: batch 64 at 8 bits, and of its two boundaries the outer one.",
       energy(F("0.1"), F("0.1") * PUE),
       [record("a", output_tokens=300, **NO_ENERGY)],
       tell=[["PUT", "/v1/models/m-1", {"name": "M", "version": "1.0", "batch_size": 64, "precision_bits": 8}],
             coefficient(output_token_j="7", batch_size=1, precision_bits=8),
             coefficient(output_token_j="2.4", batch_size=64, precision_bits=16),
             coefficient(output_token_j="1.2", batch_size=64, precision_bits=8),
             coefficient(output_token_j="0.9", batch_size=64, precision_bits=8, boundary="accelerator")])


def whole_uj(wh):
    """An estimate is kept in whole microjoules, rounded down."""
    return F(int(wh * 3_600_000_000), 3_600_000_000)


FORMULA = whole_uj(generation_wh(7_300_000_000, 7_300_000_000, 600))
vector("4", "an estimate from parameters alone, of the sum of the tokens, and declared at most (T4)",
       "The regression for 200 + 400 tokens without a latency, in IT energy; · 1.36 over 2 tasks.",
       energy(FORMULA, FORMULA * PUE, 2) + [fact("evidence_share", F(1), member="declared")],
       [record("a", output_tokens=200, **NO_ENERGY), record("b", output_tokens=400, **NO_ENERGY)],
       tell=[["PUT", "/v1/models/m-1", {"name": "M", "version": "1.0", "parameters_total": 7_300_000_000,
                                        "parameters_active": 7_300_000_000}]])

vector("4", "measured and estimated tasks stand side by side",
       "1 Wh metered and 300 · 2.4 J = 0.2 Wh · 1.36: estimated 0.272 of 1.272.",
       [fact("energy_facility_total", F("1.272")), fact("estimated_share", F("0.272") / F("1.272")),
        fact("percentile_left_out_share", F(1, 2))],
       [record("a"), record("b", output_tokens=300, **NO_ENERGY)], tell=[coefficient(output_token_j="2.4")])

# ---------------------------------------------------------------------------------------------------------------------
# §5 Intervals. The ends of several errors of one energy are multiplied; those of a mix are added.


def geometric(gsd):
    """Lower and upper end of 1 in whole parts per million: ÷ and × GSD^1.96."""
    factor = F(Decimal(gsd) ** Decimal("1.96"))
    return F(round(10**6 / factor), 10**6), F(round(10**6 * factor), 10**6)


MODELLED, BY_FORMULA, OUTSIDE = geometric("1.9"), geometric("2.2"), geometric("3.0")
assert [float(ends[1]) for ends in (MODELLED, BY_FORMULA, OUTSIDE)] == [3.518496, 4.689737, 8.613064], (
    MODELLED, BY_FORMULA, OUTSIDE)


def ends(low, high, tasks=1):
    return [fact("energy_per_task_low", low / tasks), fact("energy_per_task_high", high / tasks)]


vector("5", "a meter is within 5 %", "1 Wh: 0.95 to 1.05.", ends(F("0.95"), F("1.05")), [record("a")])
vector("5", "device counters are within 10 %", "1 Wh: 0.9 to 1.1.", ends(F("0.9"), F("1.1")),
       [record("a", evidence="counter")])
vector("5", "a modelled energy is within ÷ and × 1.9^1.96", "1 Wh: 1 ÷ 3.5185 to 3.5185.", ends(*MODELLED),
       [record("a", evidence="modelled")])
vector("5", "a declared energy is within ÷ and × 2.2^1.96", "1 Wh: 1 ÷ 4.6897 to 4.6897.", ends(*BY_FORMULA),
       [record("a", evidence="declared")])
vector("5", "default layers and the default PUE widen the ends by their factors",
       "2.178176 Wh · 0.9 · 0.75 · 0.75 · 0.85 to · 1.1 · 1.25 · 1.25 · 1.15.",
       ends(SERVER * IT * PUE * F("0.9") * F("0.75") ** 2 * F("0.85"),
            SERVER * IT * PUE * F("1.1") * F("1.25") ** 2 * F("1.15")),
       [record("a", **ACCELERATOR)])
vector("5", "a declared PUE widens by 2 %, and one that is inside by nothing",
       "1.2 Wh · 0.95 · 0.98 + 1 Wh · 0.95, and up · 1.05 · 1.02 + 1.05, over 2 tasks.",
       ends(F("1.2") * F("0.95") * F("0.98") + F("0.95"), F("1.2") * F("1.05") * F("1.02") + F("1.05"), 2),
       [record("a", boundary="it"), record("b")], tell=[declare("pue", "1.2")])
vector("5", "the interval of a mix is the sum of the ends of its tiers, whatever the number of tasks",
       "100 · 1 Wh metered, 2 Wh counter, 3 Wh modelled, 4 Wh declared: 95 + 1.8 + 3 ÷ 3.5185 + 4 ÷ 4.6897.",
       ends(95 + F("1.8") + 3 * MODELLED[0] + 4 * BY_FORMULA[0],
            105 + F("2.2") + 3 * MODELLED[1] + 4 * BY_FORMULA[1], 103),
       [record("b", evidence="counter", energy_wh="2"), record("c", evidence="modelled", energy_wh="3"),
        record("d", evidence="declared", energy_wh="4")],
       [window("w", tasks_completed=100, energy_wh="100")])
vector("5", "an interval that a record states takes the place of its tier",
       "9 to 12 Wh for the first, 0.95 to 1.05 for the second, over 2 tasks.",
       ends(F("9.95"), F("13.05"), 2),
       [record("a", energy_wh="10", energy_low_wh="9", energy_high_wh="12"), record("b")])
vector("5", "an estimate from a coefficient has at least a GSD of 1.9",
       "1 Wh · 1.36, ÷ 3.5185 · 0.85 and · 3.5185 · 1.15.",
       ends(PUE * MODELLED[0] * F("0.85"), PUE * MODELLED[1] * F("1.15")),
       [record("a", output_tokens=1_000, **NO_ENERGY)], tell=[coefficient(output_token_j="3.6")])
vector("5", "a coefficient of another accelerator than the records name has a GSD of 3.0",
       "1 Wh · 1.36, ÷ 8.613 · 0.85 and · 8.613 · 1.15.",
       ends(PUE * OUTSIDE[0] * F("0.85"), PUE * OUTSIDE[1] * F("1.15")),
       [record("a", output_tokens=1_000, accelerator="A100", **NO_ENERGY)], tell=[coefficient(output_token_j="3.6")])
vector("5", "a declared class takes the place of what is assumed of meters, on its days",
       "1 Wh at ± 0.5 % on 1 October and 1 Wh at ± 5 % on 2 October, where the declaration has ended: 0.995 + 0.95.",
       ends(F("1.945"), F("2.055"), 2),
       [record("a"), record("b", started_at="2025-10-02T00:00:00Z")],
       tell=[declare("metered_class", "0.5", "2025-10-01", "2025-10-02")])
vector("5", "a declared class of counters is none of meters, and of two tellings the later counts",
       "1 Wh of counters at ± 2.5 % and 1 Wh metered at ± 5 %: 0.975 + 0.95.",
       ends(F("1.925"), F("2.075"), 2),
       [record("a", evidence="counter"), record("b")],
       tell=[declare("counter_class", "20"), declare("counter_class", "2.5", "2025-10-01", "2025-11-01")])
vector("5", "a declared class is multiplied with the errors of layers, and an interval that is stated takes its place",
       "1.2 Wh at ± 1 % and PUE ± 2 %; the second record states 9 to 12 Wh, which the PUE widens: of IT · 1.2.",
       ends(F("1.2") * F("0.99") * F("0.98") + 9 * F("1.2") * F("0.98"),
            F("1.2") * F("1.01") * F("1.02") + 12 * F("1.2") * F("1.02"), 2),
       [record("a", boundary="it"),
        record("b", boundary="it", energy_wh="10", energy_low_wh="9", energy_high_wh="12")],
       tell=[declare("pue", "1.2"), declare("metered_class", "1")])
LARGE = whole_uj(generation_wh(405_000_000_000, 405_000_000_000, 300))
vector("5", "an estimate beyond 200·10⁹ parameters has a GSD of 3.0",
       "The regression of 405·10⁹ parameters · 1.2, ÷ 8.613 · 0.98 and · 8.613 · 1.02.",
       ends(LARGE * F("1.2") * OUTSIDE[0] * F("0.98"), LARGE * F("1.2") * OUTSIDE[1] * F("1.02")),
       [record("a", output_tokens=300, **NO_ENERGY)],
       tell=[declare("pue", "1.2"),
             ["PUT", "/v1/models/m-1", {"name": "M", "version": "1.0", "parameters_total": 405_000_000_000,
                                        "parameters_active": 405_000_000_000}]])
DECLARED = whole_uj(generation_wh(70_000_000_000, 70_000_000_000, 300, batch=32, bits=8, count=8))
vector("5", "an estimate with batch and number of accelerators declared has a GSD of 1.9",
       "The regression of 70·10⁹ parameters in a batch of 32 on 8 accelerators · 1.2, ÷ 3.5185 · 0.98 and · 3.5185 · 1.02.",
       ends(DECLARED * F("1.2") * MODELLED[0] * F("0.98"), DECLARED * F("1.2") * MODELLED[1] * F("1.02")),
       [record("a", output_tokens=300, **NO_ENERGY)],
       tell=[declare("pue", "1.2"),
             ["PUT", "/v1/models/m-1", {"name": "M", "version": "1.0", "parameters_total": 70_000_000_000,
                                        "parameters_active": 70_000_000_000, "batch_size": 32, "precision_bits": 8,
                                        "accelerators": 8}]])


def sampling(energies, served):
    """Half width of a sum: 1.96 · s · √n · √(1 − coverage), in whole parts per million of the sum."""
    count, total = len(energies), sum(energies)
    variance = (sum(one * one for one in energies) - total * total / count) / (count - 1)
    missing = 1 - F(count, served)
    inside = variance * count * missing
    root = (Decimal(inside.numerator) / Decimal(inside.denominator)).sqrt()
    return F(round(F(Decimal("1.96") * root) / total * 10**6), 10**6) * total


SAMPLE = [F(1), F(2), F(4)]
half = sampling(SAMPLE, 10)
assert abs(half - F("4.338645")) < F(1, 10**5), float(half)
vector("5", "a sample is wider by its sampling error, and a window or estimate makes that unknown",
       "s² = 7/3 Wh², n = 3, coverage 0.3: 1.96 · √(7/3 · 3 · 0.7) = 4.3386 Wh beside ± 5 % of 7 Wh.",
       ends(F("6.65") - half, F("7.35") + half, 3) + [fact("coverage", F(3, 10))],
       [record(f"r{index}", energy_wh=str(one)) for index, one in enumerate(SAMPLE)],
       tell=[["PUT", "/v1/services/chat/served/2025-10", {"tasks": 10}]])
SCALED = [one * F("1.5") for one in SAMPLE]
half = sampling(SCALED, 10)
vector("5", "the sampling error is of energy at the facility",
       "The same at IT with a PUE of 1.5, whose ± 2 % multiplies the meter's.",
       ends(F("10.5") * F("0.95") * F("0.98") - half, F("10.5") * F("1.05") * F("1.02") + half, 3),
       [record(f"r{index}", energy_wh=str(one), boundary="it") for index, one in enumerate(SAMPLE)],
       tell=[declare("pue", "1.5"), ["PUT", "/v1/services/chat/served/2025-10", {"tasks": 10}]])

# ---------------------------------------------------------------------------------------------------------------------
# §6 Carbon. Factors of these hours; what is not here comes from the built-in years.

GRID = [
    {"set": "hours-lifecycle", "kind": "average", "basis": "lifecycle", "resolution": "hour", "values": [
        ["FR", "2025-10-01T12:00:00Z", "2025-10-01T13:00:00Z", "50"],
        ["FR", "2025-10-01T13:00:00Z", "2025-10-01T14:00:00Z", "100"],
        ["PL", "2025-10-01T12:00:00Z", "2025-10-01T13:00:00Z", "700.123456"]]},
    {"set": "hours-direct", "kind": "average", "basis": "direct", "resolution": "hour", "values": [
        ["FR", "2025-10-01T12:00:00Z", "2025-10-01T13:00:00Z", "20"],
        ["FR", "2025-10-01T13:00:00Z", "2025-10-01T14:00:00Z", "0"]]},
    {"set": "residual", "kind": "residual", "basis": "lifecycle", "resolution": "year", "values": [
        ["FR", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "600"]]},
]

FRANCE = ["PUT", "/v1/sites/fr", {"name": "FR", "zone": "FR"}]
POLAND = ["PUT", "/v1/sites/pl", {"name": "PL", "zone": "PL"}]
NOON, ONE = "2025-10-01T12:30:00Z", "2025-10-01T13:30:00Z"
TWO_HOURS = [record("a", site="fr", started_at=NOON), record("b", site="fr", started_at=ONE, energy_wh="3")]


def carbon(location, market, tasks):
    return [fact("carbon_location_total", location), fact("carbon_location_per_task", location / tasks),
            fact("carbon_market_total", market), fact("carbon_market_per_task", market / tasks)]


def contract(key, **fields):
    body = {"contract": key, "instrument": "power_purchase_agreement", "zone": "FR", "from": "2025-10-01",
            "to": "2025-10-02", "lifecycle_g_per_kwh": "20", "direct_g_per_kwh": "0", "reference": "Agreement 7"}
    body.update(fields)
    return ["POST", "/v1/contracts", body]


vector("6", "energy of each hour is counted at the factor of that hour",
       "1 Wh · 50 + 3 Wh · 100 = 350 Wh·g/kWh = 0.35 g; the mean factor would give 0.3 g. The rest at the "
       "residual mix: 4 Wh · 600 = 2.4 g.",
       carbon(F("0.35"), F("2.4"), 2)
       + [fact("market_share", F(1), member="residual_mix"), fact("factor_rung_share", F(1), member="hourly_measured"),
          fact("carbon_hour_share", F(1, 7), member="12"), fact("carbon_hour_share", F(6, 7), member="13"),
          fact("carbon_hour_per_task", F("0.05"), member="12"), fact("carbon_hour_per_task", F("0.3"), member="13")],
       TWO_HOURS, tell=[FRANCE])

vector("6", "energy of each site is counted in the site's zone, at the facility",
       "1 Wh · 1.36 · 50 in France, 2 Wh · 1.36 · 700.123456 in Poland, which has no residual mix.",
       carbon((PUE * 50 + 2 * PUE * F("700.123456")) / 1000, (PUE * 600 + 2 * PUE * F("700.123456")) / 1000, 2)
       + [fact("market_share", F(1, 3), member="residual_mix"), fact("market_share", F(2, 3), member="location_based"),
          fact("carbon_hour_share", F(1), member="12"),
          fact("carbon_hour_per_task", (PUE * 50 + 2 * PUE * F("700.123456")) / 2000, member="12")],
       [record("a", site="fr", boundary="it", started_at=NOON),
        record("b", site="pl", boundary="it", started_at=NOON, energy_wh="2")], tell=[FRANCE, POLAND])

vector("6", "without a value of the hour the ladder takes the year's, and tells how much",
       "1 Wh in the hour of France · 50, and 1 Wh in Germany at its year's 342.",
       carbon((F(50) + DE_2025) / 1000, (F(600) + DE_2025) / 1000, 2)
       + [fact("factor_rung_share", F(1, 2), member="hourly_measured"),
          fact("factor_rung_share", F(1, 2), member="annual")],
       [record("a", site="fr", started_at=NOON), record("b")], tell=[FRANCE])

vector("6", "a contract covers in proportion to what was consumed, the rest is of the residual mix",
       "2 Wh bought of 4 consumed: 2 · 20 + 2 · 600 = 1,240 Wh·g/kWh.",
       carbon(F("0.35"), F("1.24"), 2)
       + [fact("market_share", F(1, 2), member="contract"), fact("market_share", F(1, 2), member="residual_mix"),
          fact("hourly_matched_share", F(0))],
       TWO_HOURS, tell=[FRANCE, contract("annual", volume_kwh="0.002")])

vector("6", "a contract of ten days gives one day a tenth",
       "20 Wh over ten days: 2 Wh on 1 October. The disclosure is of that day.",
       carbon(F("0.35"), F("1.24"), 2), TWO_HOURS,
       tell=[FRANCE, contract("annual", volume_kwh="0.02", to="2025-10-11")],
       **{"from": "2025-10-01", "to": "2025-10-02"})

vector("6", "what was bought beyond what was consumed is not counted",
       "1,000 Wh bought, 4 consumed: 4 · 20 Wh·g/kWh.",
       carbon(F("0.35"), F("0.08"), 2) + [fact("market_share", F(1), member="contract")],
       TWO_HOURS, tell=[FRANCE, contract("much", volume_kwh="1")])

vector("6", "what is matched by the hour comes first and stays in its hour",
       "2 Wh at 12 h, where 1 was consumed, at 10 g; then 1 Wh over the 3 Wh that are left at 20 g; 2 Wh at 600.",
       carbon(F("0.35"), F(10 + 20 + 1200, 1000), 2)
       + [fact("hourly_matched_share", F(1, 4)), fact("market_share", F(1, 2), member="contract")],
       TWO_HOURS,
       tell=[FRANCE, contract("annual", volume_kwh="0.001"),
             contract("hourly", lifecycle_g_per_kwh="10",
                      hours_kwh=["0.002" if hour == 12 else "0" for hour in range(24)])])

vector("6", "the direct basis takes direct factors, of which a zero is one",
       "1 Wh · 20 + 3 Wh · 0 = 0.02 g; the contract is at 0, and there is no direct residual mix: "
       "half of each hour stays at the location-based factor.",
       carbon(F("0.02"), F("0.01"), 2) + [fact("market_share", F(1, 2), member="location_based")],
       TWO_HOURS, tell=[FRANCE, contract("annual", volume_kwh="0.002")], basis="direct")

# ---------------------------------------------------------------------------------------------------------------------
# §7 Water, embodied carbon and training: apart.

# IT energy in Wh at a PUE of 1.25; litres per kWh of the site and of the grid.
WATER = [
    {"section": "7", "name": "on site takes IT energy, indirect takes facility energy",
     "by_hand": "1,000 kWh · 1.8 L = 1,800 L and 1,250 kWh · 0.75 L = 937.5 L, over 7 tasks.",
     "it_wh": 1_000_000, "completed": 7, "wue": "1.8", "grid": "0.75",
     "on_site": [rounded(F(1800), 6), rounded(F(1800, 7), 12)],
     "indirect": [rounded(F("937.5"), 6), rounded(F("937.5") / 7, 12)]},
    {"section": "7", "name": "a few tasks use microlitres, and nothing is lost of them",
     "by_hand": "0.003 kWh · 0.333333 L = 999.999 µL and 0.00375 kWh · 1.111111 L = 4.16666625 mL, over 3 tasks.",
     "it_wh": 3, "completed": 3, "wue": "0.333333", "grid": "1.111111",
     "on_site": [rounded(F("0.003") * F("0.333333"), 6), rounded(F("0.001") * F("0.333333"), 12)],
     "indirect": [rounded(F("0.00375") * F("1.111111"), 6), rounded(F("0.00125") * F("1.111111"), 12)]},
]

EMBODIED = [
    {"section": "7", "name": "accelerator seconds ÷ lifetime × embodied carbon",
     "by_hand": "36,000 s are 10 of 40,000 h: 0.05 kg of 200, over 1,000 tasks.",
     "seconds": 36_000, "tasks": 1_000, "kg": "200", "lifetime_hours": 40_000,
     "carbon_kg": rounded(F(10, 40_000) * 200, 6), "g_per_task": rounded(F(10, 40_000) * 200, 12)},
    {"section": "7", "name": "a lifetime that does not divide",
     "by_hand": "7 s ÷ (26,280 h · 3,600 s) · 143.5 kg, over 3 tasks.",
     "seconds": 7, "tasks": 3, "kg": "143.5", "lifetime_hours": 26_280,
     "carbon_kg": rounded(F(7, 26_280 * 3_600) * F("143.5"), 6),
     "g_per_task": rounded(F(7, 26_280 * 3_600) * F("143.5") * 1_000 / 3, 12)},
]

TRAINING = [
    {"section": "7", "name": "the share of one task of a model's life",
     "by_hand": "1,287 MWh over 10¹² tasks = 0.001287 Wh.",
     "energy_mwh": "1287", "lifetime_tasks": 10**12, "share_wh": rounded(F(1287 * 10**6, 10**12), 12)},
    {"section": "7", "name": "a share that does not end",
     "by_hand": "50.0 MWh over 7·10⁹ tasks.",
     "energy_mwh": "50.0", "lifetime_tasks": 7 * 10**9, "share_wh": rounded(F(50 * 10**6, 7 * 10**9), 12)},
]

# §8 Showing numbers: significant figures, half to even.
SHOWING = [
    ["0.246813579246", 2, "0.25"], ["0.246813579246", 3, "0.247"], ["0.0000995", 2, "0.00010"],
    ["1234567.5", 2, "1,200,000"], ["1234567.5", 3, "1,230,000"], ["0.000000000000", 2, "0"],
]


def document():
    whole = {"grid": GRID, "vectors": VECTORS, "regression": REGRESSION, "water": WATER, "embodied": EMBODIED,
             "training": TRAINING, "showing": SHOWING}
    # One vector a line, so that a change of one is a change of one line.
    lists = []
    for name, items in whole.items():
        lines = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in items)
        lists.append(f' "{name}": [\n{lines}\n ]')
    return "{\n" + ",\n".join(lists) + "\n}\n"


if __name__ == "__main__":
    path = Path(__file__).with_name("method.json")
    if sys.argv[1:] == ["--check"]:
        if path.read_text(encoding="utf-8") != document():
            sys.exit(f"{path} is not what {__file__} makes; run {__file__}")
    else:
        path.write_text(document(), encoding="utf-8")
