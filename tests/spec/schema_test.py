"""The JSON Schema accepts and rejects the same samples as the parser (tests/spec/sample_test.cpp).

    schema_test.py SCHEMA SAMPLES [SPECIFICATION ...]

SAMPLES/good must pass, SAMPLES/bad must fail, and SAMPLES/bad_beyond_schema, whose mistakes a schema
cannot express, must pass here while the parser refuses them. Specifications must pass.
"""

import json
import pathlib
import sys
import tomllib

import jsonschema


def accepts(validator, path):
    """True where the file is TOML and keeps to the schema."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    return validator.is_valid(document)


def main(schema_path, samples, *specifications):
    schema = json.loads(pathlib.Path(schema_path).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)

    expected = {pathlib.Path(path): True for path in specifications}
    for folder, accepted in (("good", True), ("bad", False), ("bad_beyond_schema", True)):
        found = sorted((pathlib.Path(samples) / folder).glob("*.toml"))
        assert found, f"no samples in {samples}/{folder}"
        expected.update({path: accepted for path in found})

    wrong = [path for path, accepted in expected.items() if accepts(validator, path) != accepted]
    for path in wrong:
        print(f"{path}: the schema should {'accept' if expected[path] else 'reject'} it")
    print(f"{len(expected) - len(wrong)} of {len(expected)} samples judged right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
