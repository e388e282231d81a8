"""What the PDF of an authority pack must show: every field of pack.json as rows of names and values, written here from
the JSON alone."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

FIELDS = {
    "training_energy": "Energy of training",
    "training_compute": "Compute of training",
    "energy_in_use": "Energy of the model in use",
    "inference_compute": "Compute of one task",
}
METHODS = {
    "training_energy": "training_energy_method",
    "training_compute": "training_compute_method",
    "inference_compute": "inference_compute_method",
}
ROLES = {
    "provider": "provider of the models",
    "modifier": "modifier of models of others",
    "deployer": "deployer of models of others",
}
KINDS = {
    "operator": "the operator’s own",
    "public_data": "made from public data, not the operator’s",
    "fictitious": "generated, of a fictitious provider",
}
RECIPIENTS = {
    "ai_office": "AI Office",
    "national_authorities": "national competent authorities",
    "downstream_providers": "downstream providers",
}
TASKS = {"chat": "Chat", "code": "Code"}
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
NOT_STATED = "not stated"


def grouped(digits):
    whole, point, fraction = digits.partition(".")
    return f"{int(whole):,}{point}{fraction}"


def with_power(value):
    digits, e, power = value.partition("e")
    return f"{grouped(digits)} · 10{power.translate(RAISED)}" if e else grouped(digits)


def value(fact):
    return "N/A" if fact["value"] == "N/A" else f"{with_power(fact['value'])} {fact['unit']}"


def rounded(fact):
    """The same with three significant figures, where it is one of a disclosure."""
    if fact["value"] == "N/A" or fact["concept"] != "energy_in_use":
        return value(fact)
    exact = Decimal(fact["value"])
    short = exact.quantize(Decimal(1).scaleb(exact.adjusted() - 2), rounding=ROUND_HALF_EVEN)
    return f"{grouped(format(short, 'f'))} {fact['unit']}"


def day(text):
    told = date.fromisoformat(text)
    return f"{told.day} {told:%B %Y}"


def release(field):
    recipients = " and ".join(RECIPIENTS[one] for one in field["recipients"])
    return "Confidentiality", f"{field['confidentiality']}: for the {recipients}"


def of_task(field):
    if "task_type" in field:
        yield "Task type", TASKS[field["task_type"]]
        if "task" in field:
            yield "Task", field["task"]
        yield "Hardware", field["hardware"]


def of_fact(fact, has_method):
    yield from of_task(fact)
    yield "Value", value(fact)
    if "reason" in fact:
        yield "Why there is none", fact["reason"]
    if "significant_figures" in fact:
        yield "Significant figures", str(fact["significant_figures"])
    if "knowledge" in fact:
        yield "Known or estimated", fact["knowledge"]
    if "from" in fact:
        name = "Period of the disclosure" if fact["concept"] == "energy_in_use" else "Days of training"
        yield name, f"{day(fact['from'])} until before {day(fact['to'])}"
    source = fact["source"]
    if source["kind"] == "declared":
        yield "Source", f"declared by the provider, revision {source['revision']}"
    elif source["kind"] == "disclosure":
        yield "Source", f"Disclosure No. {source['number']}, version {source['version']}"
        yield "Its address", source["address"]
        yield "Its SHA-256", source["document_sha256"]
    if not has_method and fact["concept"] in METHODS:
        yield "Method", NOT_STATED
    yield release(fact)


def of_text(text):
    yield from of_task(text)
    yield release(text)


def number_and_version(pack):
    return f"Authority pack No. {pack['number']}, version {pack['version']}"


def title(pack):
    return f"Authority pack of {pack['provider']['legal_name']}: energy and compute of models"


def tables(pack, digest, size):
    """Every table of the document in its order, as rows of cells without those of the head."""
    provider, template = pack["provider"], pack["template"]
    everybody = release(pack["facts"][0])[1].partition(": ")[2]
    yield [
        ("Provider", provider["legal_name"]), ("Models", str(len(pack["models"]))),
        ("Pack", number_and_version(pack)), ("Built on", day(pack["built_on"])),
    ]  # fmt: skip
    yield [
        ("Legal name", provider["legal_name"]), ("Key of the provider", provider["key"]),
        ("LEI (ISO 17442)", provider.get("lei", NOT_STATED)),
        ("Role", ROLES[provider["role"]] if "role" in provider else NOT_STATED),
        ("Whose figures", KINDS[provider["kind"]]), ("Contact", provider.get("contact", NOT_STATED)),
        ("Pack", number_and_version(pack)), ("Built on", day(pack["built_on"])),
        ("Template", f"{template['id']} {template['version']}"),
        ("Legal status of what it follows", template["legal_status"]),
        ("Confidentiality", f"{pack['confidentiality']}: {everybody}"),
    ]  # fmt: skip
    facts = {model["key"]: [one for one in pack["facts"] if one["model"] == model["key"]] for model in pack["models"]}
    if len(pack["models"]) > 1:
        yield [
            (model["name"] + model["key"],
             *("".join(rounded(fact) for fact in facts[model["key"]] if fact["concept"] == concept)
               for concept in ("training_energy", "training_compute", "inference_compute", "energy_in_use")))
            for model in pack["models"]
        ]  # fmt: skip
    for model in pack["models"]:
        yield [
            ("Key", model["key"]), ("Version", model.get("version", NOT_STATED)),
            ("Released on", day(model["released_on"]) if "released_on" in model else NOT_STATED),
        ]  # fmt: skip
        texts = [text for text in pack["texts"] if text["model"] == model["key"]]
        for fact in facts[model["key"]]:
            own = [text for text in texts if text["field"] == METHODS.get(fact["concept"])
                   and list(of_task(text)) == list(of_task(fact))]  # fmt: skip
            yield list(of_fact(fact, bool(own)))
            for text in own:
                texts.remove(text)
                yield list(of_text(text))
        assert not texts, texts
    yield [("SHA-256 of pack.json", digest)]
    yield [("pack.json", "Every figure and text of the pack, canonical JSON", size)]
