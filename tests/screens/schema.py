"""Holds JSON to a schema of Kedge; and the schema to the JSON, for one that lets everything pass would prove nothing: a value
of another type, and a member that there is not, have to be found at every place of the JSON. Where a schema leaves open what
stands there (a job's document), it says so with "x-free" and the reason.

schema.py [--lines] SCHEMA JSON...    --lines: an object a line. What is wrong is said on stderr; then the status is 1.
"""
import copy
import json
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)
import jsonschema  # noqa: E402

FEW = 3  # of a list it is enough to spoil the first ones


class Schema:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._files = {}
        schema = self._load(self.path.name)
        jsonschema.Draft7Validator.check_schema(schema)
        resolver = jsonschema.RefResolver(self.path.resolve().as_uri(), schema)
        self._validator = jsonschema.Draft7Validator(schema, resolver=resolver)
        self._root = (self.path.name, schema)
        self._seen = set()

    def look(self, document):
        """What is wrong with the document, or, as far as it can tell, with the schema."""
        problems = list(self._validator.iter_errors(document))
        if problems:
            return [f"{self.path.name}: {problem.json_path}: {problem.message}" for problem in problems]
        wrong = []
        for place, value, parts in list(self._walk((), document, [self._root])):
            if any("x-free" in part for _, part in parts):
                continue
            others = [[] if isinstance(value, str) or value is None else "text"]
            is_map = any(isinstance(part.get("additionalProperties"), dict) for _, part in parts)
            if isinstance(value, dict) and not is_map:
                others.append({**value, "noSuchMember": 1})
            for other in others:
                if self._validator.is_valid(_with(document, place, other)):
                    where = ".".join(map(str, place)) or "the top"
                    wrong.append(f"{self.path.name} lets pass, at {where}: {json.dumps(other)[:200]}")
        return wrong

    def unseen(self):
        """The members that the schema has and no document had so far."""
        return sorted(".".join(place) for place in set(self._members((), [self._root], ())) - self._seen)

    # --- the schema beside the document

    def _load(self, name):
        if name not in self._files:
            self._files[name] = json.loads((self.path.parent / name).read_text())
        return self._files[name]

    def _parts(self, where):
        """A schema without its references, and what it combines: (file, schema)."""
        name, schema = where
        if schema is True:
            return
        while "$ref" in schema:
            file, _, pointer = schema["$ref"].partition("#")
            name = file or name
            schema = self._load(name)
            for step in filter(None, pointer.split("/")):
                schema = schema[step]
        yield name, schema
        for inner in schema.get("allOf", []) + schema.get("oneOf", []) + schema.get("anyOf", []):
            yield from self._parts((name, inner))

    def _walk(self, place, value, wheres):
        parts = [part for where in wheres for part in self._parts(where)]
        self._seen.add(tuple("[]" if isinstance(step, int) else step for step in place))
        yield place, value, parts
        items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
        for step, inner in items:
            if isinstance(step, int) and FEW <= step < len(items) - 1:
                continue
            beneath = [(name, part["items"]) for name, part in parts if isinstance(step, int) and "items" in part]
            beneath += [(name, part["properties"][step]) for name, part in parts if step in part.get("properties", {})]
            if not beneath and not isinstance(step, int):
                others = [(name, part.get("additionalProperties")) for name, part in parts]
                beneath = [(name, inner) for name, inner in others if isinstance(inner, dict)]
            if beneath:
                yield from self._walk((*place, step), inner, beneath)

    def _members(self, place, wheres, above):
        for name, part in [part for where in wheres for part in self._parts(where)]:
            if id(part) in above:
                continue
            for member, inner in part.get("properties", {}).items():
                yield (*place, member)
                yield from self._members((*place, member), [(name, inner)], (*above, id(part)))
            if "items" in part:
                yield from self._members((*place, "[]"), [(name, part["items"])], (*above, id(part)))


def _with(document, place, other):
    if not place:
        return other
    spoilt = copy.deepcopy(document)
    holder = spoilt
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = other
    return spoilt


def main(words):
    lines = "--lines" in words
    path, *files = [word for word in words if word != "--lines"]
    schema = Schema(path)
    wrong = []
    for file in files:
        text = pathlib.Path(file).read_text()
        for document in text.splitlines() if lines else [text]:
            wrong += schema.look(json.loads(document))
    print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
