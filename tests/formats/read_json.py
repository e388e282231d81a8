"""The JSON file against the JSON Schema of its template, by an independent validator; the same file with one thing made
wrong is refused."""

import copy
import json

from document import load
from jsonschema import Draft202012Validator


def check(directory):
    document = load(directory)
    schema = json.loads((directory / "schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    template = json.loads((directory / "template.json").read_text(encoding="utf-8"))
    assert schema["$id"] == f"urn:taskwatt:schema:{template['id']}:{template['version']}"
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
    assert not errors, errors[:5]
    compared = 1
    for name, spoil in SPOILT.items():
        wrong = copy.deepcopy(document)
        if spoil(wrong) is False:
            continue
        assert not validator.is_valid(wrong), f"{name} is taken as valid"
        compared += 1
    assert compared > 8
    return compared


def fact(document, concept="energy_per_task_mean"):
    return next(one for one in document["facts"] if one["concept"] == concept)


def wrong_unit(document):
    fact(document)["unit"] = "kWh"


def unit_of_another_figure(document):
    fact(document)["unit"] = "gCO2e"


def unknown_concept(document):
    fact(document)["concept"] = "energy_per_thought_mean"


def float_for_text(document):
    fact(document)["value"] = 0.25


def float_as_text(document):
    fact(document)["value"] = "2.5e-1"


def comma(document):
    fact(document)["value"] = "0,25"


def wrong_provenance(document):
    fact(document)["provenance"] = "reported"


def rounded_count(document):
    fact(document, "tasks_completed")["decimals"] = "0"


def unknown_member(document):
    fact(document, "evidence_share")["member"]["name"] = "guessed"


def no_member(document):
    del fact(document, "evidence_share")["member"]


def member_misplaced(document):
    fact(document)["member"] = {"dimension": "evidence", "name": "metered"}


def unknown_word_for_no_value(document):
    fact(document)["value"] = "-"


def another_member(document):
    document["rating"] = "A"


def no_models(document):
    document["models"] = []


def another_template(document):
    document["template"]["version"] = "0.1"


def no_status_line(document):
    del document["template"]["status_line"]


def unknown_language(document):
    if not document.get("texts"):
        return False
    document["texts"][0]["language"] = "en-XX"


def training_without_reason(document):
    if not document.get("training"):
        return False
    document["training"][0]["energy_mwh"] = {"value": "N/A"}


SPOILT = {
    one.__name__: one
    for one in (
        wrong_unit, unit_of_another_figure, unknown_concept, float_for_text, float_as_text, comma, wrong_provenance,
        rounded_count, unknown_member, no_member, member_misplaced, unknown_word_for_no_value, another_member,
        no_models, another_template, no_status_line, unknown_language, training_without_reason,
    )
}  # fmt: skip
