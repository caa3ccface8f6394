// From criteria to filters of MongoDB's query language, and from JSON records to the values that those filters compare.

const UNITS = { $startsWith: (text) => `^${text}`, $endsWith: (text) => `${text}$`, $contains: (text) => text };
const IN_ANY_CASE = new Set(["$ieq", "$istartsWith", "$iendsWith", "$icontains"]);
const EXACT_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Thrown for what this runner does not translate. */
export class LeftOut extends Error {}

/** A value that is not of its field's type: it is not empty, and no comparison with it is true. */
const OTHER = { isOfAnotherType: true };

/** JavaScript compares strings by UTF-16 units, the language by code points: this turns one order into the other. */
const byCodePoint = (text) =>
  text.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code < 0xe000 ? code + 0x2000 : code - 0x800);
  });

const TYPES = {
  string: (value) => (typeof value === "string" ? byCodePoint(value) : OTHER),
  integer: (value) => (Number.isInteger(value) ? value : OTHER),
  objectRef: (value) => (Number.isInteger(value) ? value : OTHER),
  double: (value) => (typeof value === "number" ? value : OTHER),
  boolean: (value) => (typeof value === "boolean" ? value : OTHER),
  date: (value) => (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) ? value : OTHER),
  guid: (value) => (typeof value === "string" ? value.toLowerCase().replace(/^urn:uuid:|[{}-]/g, "") : OTHER),
  dateTime: (value, isInside) => {
    const isInstant = typeof value === "string" && (!isInside || EXACT_INSTANT.test(value));
    const instant = isInstant ? new Date(value) : null;
    return instant === null || Number.isNaN(instant.getTime()) ? OTHER : instant;
  },
};

export const SUPPORTED = new Set(Object.keys(TYPES));

/** The fields of a schema by name, with the path of each. */
export function fieldsOf(schema) {
  const own = schema.fields.map((field) => [field.name, field]);
  const custom = (schema.customProperties ?? []).map((field) => [`customProperties.${field.name}`, field]);
  return new Map([...own, ...custom].map(([name, field]) => [name, { ...field, name, path: name.split(".") }]));
}

/** A record with the values that filters compare. Values of fields that it does not have stay missing. */
export function toDocument(record, fields) {
  const document = {};
  for (const field of fields.values()) {
    let value = record;
    for (const name of field.path) value = isObject(value) ? value[name] : undefined;
    if (value === undefined) continue;
    const typed = (one) => (one === null ? null : TYPES[field.fieldType](one, field.path.length > 1 || field.isList));
    const stored = field.isList && Array.isArray(value) ? value.map(typed) : typed(field.isList && value !== null ? {} : value);
    let holder = document;
    for (const name of field.path.slice(0, -1)) holder = holder[name] ??= {};
    holder[field.path.at(-1)] = stored;
  }
  return document;
}

/** The filter of criteria. Every condition is true or false of a document, so that NOT is $nor. */
export function toFilter(criteria, fields) {
  const terms = Object.entries(criteria).flatMap(([name, value]) => {
    if (name === "AND") return value.length ? [{ $and: value.map((term) => toFilter(term, fields)) }] : [];
    if (name === "OR") return [{ $or: value.map((term) => toFilter(term, fields)) }];
    if (name === "NOT") return [{ $nor: [toFilter(value, fields)] }];
    const comparisons = isObject(value) ? Object.entries(value) : [["", value]];
    return comparisons.map(([operator, operand]) => comparison(fields.get(name), operator, operand));
  });
  return terms.length === 1 ? terms[0] : terms.length ? { $and: terms } : {};
}

function comparison(field, operator, operand) {
  const path = field.path.join(".");
  if (operator === "$ne") return { $nor: [comparison(field, "", operand)] };
  if (operator === "$nin") return { $nor: [comparison(field, "$in", operand)] };
  if (operand === null) return field.isList ? { $nor: [{ [path]: { $elemMatch: { $ne: null } } }] } : { [path]: null };
  const typed = (value) => TYPES[field.fieldType](value, false);
  let condition;
  if (operator === "") condition = { $eq: typed(operand) };
  else if (operator === "$in") condition = { $in: operand.map(typed) };
  else if (IN_ANY_CASE.has(operator)) throw new LeftOut("operators that ignore letter case");
  else if (operator in UNITS) condition = { $regex: new RegExp(UNITS[operator](escaped(typed(operand))), "s") };
  else condition = { [operator]: typed(operand) };
  return { [path]: field.isList ? { $elemMatch: condition } : condition };
}

/** The documents in the order of `orderBy`, ended by the key in its last direction. Empty values are first when ascending. */
export function inOrder(documents, orderBy, schema, fields) {
  const keys = schema.key ?? [schema.fields.find((field) => field.isUnique && field.nullable === false).name];
  const named = orderBy.split(",").filter(Boolean).map((part) => part.trim().split(/\s+(?=(?:asc|desc)$)/i));
  const order = [...named, ...keys.map((name) => [name, named.at(-1)?.[1]])];
  const valueOf = (document, name) => fields.get(name).path.reduce((value, one) => value?.[one], document) ?? null;
  return documents.toSorted((first, second) => {
    for (const [name, direction] of order) {
      const [one, other] = [valueOf(first, name), valueOf(second, name)].map((value) => value?.getTime?.() ?? value);
      if (one === other) continue;
      const isBefore = one === null || (other !== null && one < other);
      return isBefore === (direction?.toLowerCase() !== "desc") ? -1 : 1;
    }
    return 0;
  });
}

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
