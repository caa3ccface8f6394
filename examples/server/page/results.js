// The records of a page as a table.

import { byId, element } from "./dom.js";

const LAST = ["createDate", "updateDate"];

/* Shows a table; `sort(orderBy)` is called when a heading is pressed. */
export function showRecords(records, fields, orderBy, sort) {
  const shown = inOrder(fields.filter((field) => field.path[0] === "objectId" || records.some((one) => valueOf(one, field) !== undefined)));
  const order = firstKey(orderBy);
  const head = element("tr", {}, ...shown.map((field) => heading(field, order, sort)));
  const rows = records.map((record) => element("tr", {}, ...shown.map((field) => cell(valueOf(record, field), field))));
  byId("records").replaceChildren(records.length
    ? element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))
    : element("p", { class: "nothing" }, "No record matches."));
}

const inOrder = (fields) => [...fields.filter(({ name }) => !LAST.includes(name)), ...fields.filter(({ name }) => LAST.includes(name))];

const valueOf = (record, { path }) => path.reduce((value, step) => (Object.hasOwn(value ?? {}, step) ? value[step] : undefined), record);

function firstKey(orderBy) {
  const [name, direction = "asc"] = orderBy.split(",")[0].trim().split(/\s+/);
  return { name, isDescending: direction.toLowerCase() === "desc" };
}

function heading(field, order, sort) {
  const title = field.path.at(-1);
  const group = field.path.length > 1 ? [element("span", { class: "group" }, "custom")] : [];
  const kind = isNumber(field) ? "number" : undefined;
  if (!field.isSortable) return element("th", { scope: "col", class: kind }, ...group, title);
  const isFirst = field.name === order.name;
  const direction = !isFirst ? undefined : order.isDescending ? "descending" : "ascending";
  const press = () => sort(isFirst && !order.isDescending ? `${field.name} desc` : field.name);
  const button = element("button", { type: "button", onclick: press, "data-field": field.name }, title);
  return element("th", { scope: "col", class: kind, "aria-sort": direction }, ...group, button);
}

const isNumber = ({ fieldType, name }) => ["integer", "decimal", "double"].includes(fieldType) || name === "objectId";

function cell(value, field) {
  const isNone = value === null || value === undefined;
  const text = isNone ? "\u2013" : written(value, field);
  const kinds = [isNone ? "none" : "", isNumber(field) ? "number" : ["guid", "date", "dateTime"].includes(field.fieldType) ? "fixed" : ""];
  return element("td", { class: kinds.join(" ").trim() || undefined, title: text.length > 24 ? text : undefined }, element("span", {}, text));
}

function written(value, field) {
  if (Array.isArray(value)) return value.length ? value.map((one) => written(one, field)).join(", ") : "[ ]";
  if (value === null) return "\u2013";
  if (typeof value === "object") return `#${value.objectId}`;
  if (field.fieldType === "decimal") return String(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  if (field.fieldType === "dateTime") return String(value).replace("T", " ").replace(/(:00)?\.000Z$/, "Z");
  return value === "" ? '""' : String(value);
}
