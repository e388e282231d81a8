"""Whether a JSON file is valid by a JSON Schema: python validate.py FILE SCHEMA."""

import json
import sys

from jsonschema import Draft202012Validator


def main():
    document, schema = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
    print("\n".join(errors[:20]), file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
