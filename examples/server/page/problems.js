// The verdict about what was typed: marks in an editor, and a list of problems and findings.

import { byId, element, plural } from "./dom.js";
import { marksOf } from "./places.js";

const isAboutCriteria = ({ pointer = "" }) => pointer === "/query" || pointer.startsWith("/query/");

/* Shows the verdict on criteria, `text`, and on the inputs of the other parameters, whose ids are their names. */
export function showVerdict(editor, text, parameters, problems, findings = [], moreFindings = 0) {
  const faults = marksOf(text, problems.filter(isAboutCriteria), "error");
  const others = problems.filter((problem) => !isAboutCriteria(problem)).map((problem) => ({ problem, input: byId((problem.pointer ?? "").slice(1)) }));
  const notes = marksOf(text, findings, "finding");
  editor.mark([...faults, ...notes].map(({ mark }) => mark));
  editor.area.setAttribute("aria-invalid", String(faults.length > 0));
  for (const name of parameters) byId(name).setAttribute("aria-invalid", String(others.some(({ input }) => input?.id === name)));
  const counts = [problems.length ? plural(problems.length, "problem") : "No problems", ...(findings.length ? [plural(findings.length + moreFindings, "finding")] : [])];
  const summary = byId("problems-summary");
  if (summary.textContent !== counts.join(", ")) summary.textContent = counts.join(", "); // it is read aloud
  summary.className = problems.length ? "bad" : findings.length ? "noted" : "good";
  const more = moreFindings ? [element("li", { class: "hint" }, `and ${plural(moreFindings, "more finding")}`)] : [];
  byId("problems").replaceChildren(...[...faults, ...others, ...notes].map((one) => problemItem(editor, one)), ...more);
}

const placeOf = ({ problem, mark, input }) => (mark ? (problem.line ? `${problem.line}:${problem.column}` : "") : input?.id ?? problem.pointer);

/* A problem with its place, which selects it when it is pressed. */
export function problemItem(editor, found, place = placeOf(found)) {
  const { problem, mark, input } = found;
  const go = () => (mark ? editor.select(mark.start, mark.end) : input?.focus());
  const terms = (problem.terms ?? []).map((term) => element("span", { class: "hint" }, term));
  const hints = problem.hint ? [element("span", { class: "hint" }, problem.hint)] : [];
  const words = element("span", { class: "words" }, problem.message, ...terms, ...hints);
  return element("li", { class: mark?.kind ?? "error" }, element("button", { type: "button", onclick: go },
    element("span", { class: "place" }, place), words));
}
