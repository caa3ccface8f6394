// The context of the caret in criteria: what is expected there, and the word that is being typed.

import { jsonTokens } from "./tokens.js";

const COMBINING = new Set(["AND", "OR", "NOT"]);

const unquoted = (text) => text.replace(/^"|"$/g, "");

/*
 * { expects, field, operator, elements, typed, start, end, hasColon }
 *
 * `expects` is "member" (a field, or AND, OR, NOT), "operator", "value" (of a field), "operand" (of an operator),
 * "element" (of the list of an operator), "group" (the value of AND, OR or NOT), or null. `elements` are the fields in
 * whose $elemMatch the caret is, from the outside in.
 */
export function contextAt(text, caret) {
  const tokens = jsonTokens(text);
  const at = tokens.findIndex((token) => token.kind !== "mark" && token.start < caret
    && (caret < token.end || (caret === token.end && !(token.kind === "string" && token.isClosed))));
  const word = tokens[at];
  const before = at >= 0 ? tokens.slice(0, at) : tokens.filter((token) => token.end <= caret);
  const next = tokens.find((token) => token.start >= (word?.end ?? caret));
  const around = { start: word?.start ?? caret, end: word?.end ?? caret, typed: word ? unquoted(text.slice(word.start, caret)) : "", hasColon: next?.text === ":" };
  return { ...expected(before), ...around };
}

function expected(tokens) {
  const stack = [];
  let value = { expects: "criteria", elements: [] };
  for (const token of tokens) {
    const top = stack.at(-1);
    if (token.text === "{" || token.text === "[") {
      stack.push({ inside: inside(value, token.text), isList: token.text === "[", awaits: token.text === "[" ? "value" : "key" });
      value = stack.at(-1).isList ? stack.at(-1).inside : value;
    } else if (token.text === "}" || token.text === "]") {
      stack.pop();
      if (stack.length) stack.at(-1).awaits = "comma";
    } else if (!top) {
      return { expects: null };
    } else if (token.text === ",") {
      top.awaits = top.isList ? "value" : "key";
      if (top.isList) value = top.inside;
    } else if (token.text === ":") {
      top.awaits = "value";
      value = valueOf(top.inside, top.key);
    } else if (top.awaits === "key") {
      top.key = unquoted(token.text);
      top.awaits = "colon";
    } else {
      top.awaits = "comma";
    }
  }
  const top = stack.at(-1);
  if (!top) return { expects: tokens.length ? null : "start" };
  if (top.awaits === "key") return top.inside;
  if (top.awaits === "value") return value.expects === "criteria" ? { expects: "start" } : value;
  return { expects: null };
}

/* What is expected inside a bracket that opens where `value` is expected. */
function inside(value, bracket) {
  const { elements } = value;
  if (bracket === "{") {
    if (value.expects === "criteria" || value.key === "NOT") return { expects: "member", elements };
    if (isMatch(value)) return { expects: "member", elements: [...elements, value.field] };
    return value.expects === "value" ? { ...value, expects: "operator" } : { expects: null };
  }
  if (value.expects === "group" && value.key !== "NOT") return { expects: "criteria", elements };
  return value.expects === "operand" && !isMatch(value) ? { ...value, expects: "element" } : { expects: null };
}

const isMatch = ({ expects, operator }) => expects === "operand" && operator === "$elemMatch";

/* What is expected as the value of a key, in an object whose keys are `kind`. */
function valueOf(kind, key) {
  const { elements } = kind;
  if (kind.expects === "member") return COMBINING.has(key) ? { expects: "group", key, elements } : { expects: "value", field: key, elements };
  return kind.expects === "operator" ? { expects: "operand", field: kind.field, operator: key, elements } : { expects: null };
}
