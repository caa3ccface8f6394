// Completions at the caret, from the JSON Schema of an entity's criteria.

import { contextAt } from "./context.js";

const COMBINING = ["AND", "OR", "NOT"];

/* The suggestions at the caret: { start, end, typed, items: [{ label, detail, text, caret }] }. */
export function completions(text, caret, schema) {
  const context = contextAt(text, caret);
  const typed = context.typed.toLowerCase();
  const items = offered(context, schema)
    .map((item) => ({ ...item, rank: rank(item.label.toLowerCase(), typed) }))
    .filter((item) => item.rank < 3)
    .sort((one, other) => one.rank - other.rank);
  return { start: context.start, end: context.end, typed: context.typed, items };
}

/* 0 for a name that starts with the typed text, 1 if a part of it does, 2 if it contains it. */
function rank(label, typed) {
  if (label.startsWith(typed)) return 0;
  if (label.split(/[.$]/).some((part) => part.startsWith(typed))) return 1;
  return label.includes(typed) ? 2 : 3;
}

function offered(context, schema) {
  const members = membersAt(context.elements ?? [], schema);
  if (!members) return [];
  const comparison = resolved(members[context.field], schema.$defs);
  switch (context.expects) {
    case "start":
      return [item("{ }", "Criteria", "{}", 1)];
    case "member":
      return Object.entries(members).filter(([name]) => !isAlias(name, members))
        .sort(([one], [other]) => COMBINING.includes(one) - COMBINING.includes(other))
        .map(([name, { description }]) => key(name, description, context, name === "NOT" ? "{}" : COMBINING.includes(name) ? "[{}]" : ""));
    case "operator":
      return Object.entries(comparison?.properties ?? {}).map(([name, { description, type }]) => key(name, description, context, name === "$elemMatch" ? "{}" : type === "array" ? "[]" : ""));
    case "value":
      return comparison ? [...values(comparison, schema.$defs), item("{ }", "Compare with operators", "{}", 1)] : [];
    case "operand":
      if (context.operator === "$elemMatch") return comparison?.properties?.$elemMatch ? [item("{ }", "Criteria", "{}", 1)] : [];
      return values(comparison?.properties?.[context.operator] ?? {}, schema.$defs);
    case "element":
      return comparison ? values(comparison, schema.$defs).filter(({ text }) => text !== "null") : [];
    case "group":
      return [context.key === "NOT" ? item("{ }", "Criteria", "{}", 1) : item("[ ]", "A list of criteria", "[{}]", 2)];
    default:
      return [];
  }
}

/* The fields of criteria, of those inside the $elemMatch of each of the elements if there are any. */
function membersAt(elements, { $defs }) {
  return elements.reduce((members, field) => resolved(resolved(members?.[field], $defs)?.properties?.$elemMatch, $defs)?.properties, $defs.criteria.properties);
}

const resolved = (part, definitions) => (part?.$ref ? definitions[part.$ref.split("/").at(-1)] : part);

const isAlias = (name, members) => name.endsWith(".objectId") && name.slice(0, -".objectId".length) in members;

const item = (label, detail, text, caret = text.length) => ({ label, detail, text, caret });

/* A key, with a colon and the brackets of its value unless it has a colon; the caret goes inside them. */
function key(name, detail, { hasColon }, value) {
  const text = JSON.stringify(name);
  if (hasColon) return item(name, detail, text);
  return item(name, detail, `${text}: ${value}`, text.length + 2 + value.length / 2);
}

/* Values that are known in advance: true, false, null, those that a string lists, and today where a date is expected. */
function values(part, definitions) {
  const { type = [], format, enum: listed, defaultSnippets = [] } = resolved(part, definitions);
  if (listed) return listed.map((value) => (value === null ? NOTHING : item(value, "", JSON.stringify(value))));
  const kinds = [type].flat();
  if (kinds.includes("array")) return [item("[ ]", "A list of values", "[]", 1)];
  const found = defaultSnippets.filter(({ body }) => body !== undefined).map(({ body }) => item(body, "", JSON.stringify(body)));
  if (kinds.includes("boolean")) found.push(item("true", "", "true"), item("false", "", "false"));
  if (format === "date") found.push(item(today(), "Today, in UTC", JSON.stringify(today())));
  return kinds.includes("null") ? [...found, NOTHING] : found;
}

const NOTHING = item("null", "No value", "null");

const today = () => new Date().toISOString().slice(0, 10);
