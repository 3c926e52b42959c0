"""What a setting of a recipe may be, in words, from its JSON schema."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "text"}


def schema_at(whole: Schema, location: tuple[int | str, ...]) -> Schema:
    """The part of a recipe's schema that describes the setting, or the section, at `location`; {} where none does."""
    found = whole
    for part in location:
        found = resolved(whole, found)
        if isinstance(part, int):
            items = found.get("prefixItems", [])
            found = items[part] if part < len(items) else {}
        else:
            found = found.get("properties", {}).get(part, {})
    return resolved(whole, found)


def resolved(whole: Schema, part: Schema) -> Schema:
    """`part`, or the definition that it refers to."""
    return whole["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part


def in_words(schema: Schema) -> str:
    """As "a whole number from 1 to 100", "a list of 2 numbers above 0", "sqrt or plain", "a section with ..."."""
    if "const" in schema or "enum" in schema:
        return " or ".join(str(value) for value in schema.get("enum", [schema.get("const")]))
    if "prefixItems" in schema:
        items = schema["prefixItems"]
        return f"a list of {len(items)} numbers{bounds(items[0])}"
    if "properties" in schema:
        return f"a section with {', '.join(sorted(schema['properties']))}"
    return KINDS.get(str(schema.get("type")), "another value") + bounds(schema)


def bounds(schema: Schema) -> str:
    """As " from 1 to 100", " above 0", " from 0 to below 1"; "" where there are none."""
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    start = f" from {low:g}" if low is not None else f" above {above:g}" if above is not None else ""
    if high is None and below is None:
        return start.replace(" from ", " of at least ")
    end = f"{high:.12g}" if high is not None else f"below {below:g}"
    return f"{start} to {end}" if start else f" up to {end}"
