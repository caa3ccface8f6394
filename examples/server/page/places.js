// Converts lines and columns of problems, in characters from 1, to offsets in JavaScript's UTF-16.

import { jsonTokens } from "./tokens.js";

export function offsetOf(text, line, column) {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const characters = [...(lines[line - 1] ?? "")].slice(0, column - 1);
  return Math.min(text.length, before + characters.join("").length);
}

/* The marks of problems of one text, each with its problem. */
export function marksOf(text, problems, kind) {
  if (!problems.length) return [];
  const tokens = jsonTokens(text);
  return problems.map((problem) => ({ problem, mark: markOf(text, tokens, problem, kind) }));
}

/* The token at a problem's place; at the end of the text the last one, after which something is missing. */
function markOf(text, tokens, problem, kind) {
  const offset = problem.line === undefined ? text.length : offsetOf(text, problem.line, problem.column);
  const at = tokens.findIndex((token) => token.end > offset);
  const found = tokens.at(at);
  if (!found) return { start: 0, end: text.length, kind };
  return { start: found.start, end: kind === "finding" && at >= 0 ? endOf(tokens, at) : found.end, kind };
}

/* The end of the value that begins with a token; of an object or list, the end of its closing bracket. */
function endOf(tokens, first) {
  let depth = 0;
  for (const token of tokens.slice(first)) {
    if (token.text === "{" || token.text === "[") depth += 1;
    if (token.text === "}" || token.text === "]") depth -= 1;
    if (depth <= 0) return token.end;
  }
  return tokens[first].end;
}
