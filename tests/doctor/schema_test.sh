#!/usr/bin/env bash
# The JSON of `kedge doctor` is as doctor.schema.json says, by another program's judgement. Usage: schema_test.sh SOURCE SAMPLE
set -euo pipefail
source=$1 sample=$2
if ! /usr/bin/python3 -c "import jsonschema" 2>/dev/null; then
  echo "skipped: python3-jsonschema is not here"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$sample" json >"$folder/report.json"
/usr/bin/python3 - "$source/agent/commands/schemas/doctor.schema.json" "$folder/report.json" <<'EOF'
import copy
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
report = json.load(open(sys.argv[2]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
validator.validate(report)
assert {line["level"] for line in report["checks"]} >= {"ok", "warning", "problem"}, "the sample has too little in it"
assert {line["id"] for line in report["checks"]} == set(
    schema["properties"]["checks"]["items"]["properties"]["id"]["enum"]), "not every check is in the sample"


def spoilt(change):
    other = copy.deepcopy(report)
    change(other)
    return not validator.is_valid(other)


# The check is checked.
worst = next(i for i, line in enumerate(report["checks"]) if line["level"] == "problem")
assert spoilt(lambda r: r["checks"][worst].update(advice=None))
assert spoilt(lambda r: r["checks"][worst].update(level="red"))
assert spoilt(lambda r: r["checks"][worst].update(id="unheard-of"))
assert spoilt(lambda r: r["checks"][worst].pop("command"))
assert spoilt(lambda r: r.pop("healthy"))
print(len(report["checks"]), "lines are as the schema says")
EOF
