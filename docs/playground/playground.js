// The playground: criteria, a schema and data are given to Python in a worker, and its answer is shown.

import { exact } from "./page/api.js";
import { Compiled } from "./page/compiled.js";
import { byId, element, plural } from "./page/dom.js";
import { Editor } from "./page/editor.js";
import { marksOf } from "./page/places.js";
import { problemItem, showVerdict } from "./page/problems.js";
import { showRecords } from "./page/results.js";
import { Suggestions } from "./page/suggestions.js";
import { EXAMPLES } from "./examples.js";

const DELAY = 120; // milliseconds without typing before Python is asked
const PARAMETERS = ["orderBy", "limit", "skip"];

const editors = { criteria: new Editor(byId("editor")), schema: new Editor(byId("schema-editor")), data: new Editor(byId("data-editor")) };
const compiled = new Compiled();
compiled.kinds.select(1); // SQL is what most look for
let definition; // the JSON Schema of criteria, for completion
new Suggestions(editors.criteria, () => definition);

const python = new Worker(new URL("./python.js", import.meta.url), { type: "module" });
let asked = 0;

function given() {
  const texts = Object.fromEntries(Object.entries(editors).map(([name, { text }]) => [name, text]));
  return { ...texts, ...Object.fromEntries(PARAMETERS.map((name) => [name, byId(name).value.trim()])) };
}

function ask() {
  asked += 1;
  python.postMessage({ number: asked, request: JSON.stringify(given()) });
  byId("records").closest("section").setAttribute("aria-busy", "true");
}

const askSoon = (() => {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(ask, DELAY);
  };
})();

python.onmessage = ({ data: { number, answer, failure } }) => {
  if (failure !== undefined) fail(failure);
  else if (number === undefined) byId("state").textContent = `Python ${answer}. Everything runs in this browser, and nothing is sent anywhere.`;
  else if (number === asked) show(JSON.parse(answer, exact)); // only the answer to the last question counts
};
python.onerror = ({ message }) => fail(message);

function fail(message) {
  byId("state").textContent = `Python cannot be loaded: ${message}`;
  byId("state").classList.add("failed");
}

function show(answer) {
  const { schemaProblems, dataProblems, problems, findings, moreFindings, page, fields } = answer;
  listProblems("schema", schemaProblems);
  listProblems("data", dataProblems);
  showVerdict(editors.criteria, editors.criteria.text, PARAMETERS, problems, findings, moreFindings);
  byId("records").closest("section").setAttribute("aria-busy", "false");
  if (answer.definition) definition = answer.definition;
  if (answer.words) compiled.show(answer);
  else compiled.fade(true);
  if (!page) {
    byId("records-status").textContent = "Not run.";
    return;
  }
  byId("records-status").textContent = `${page.data.length.toLocaleString("en")} of ${plural(page.totalCount, "matching record")}`;
  showRecords(page.data, fields, byId("orderBy").value, (order) => {
    byId("orderBy").value = order;
    ask();
  });
}

function listProblems(name, problems) {
  const editor = editors[name];
  const marked = marksOf(editor.text, problems, "error");
  editor.mark(marked.map(({ mark }) => mark));
  editor.area.setAttribute("aria-invalid", String(problems.length > 0));
  byId(`${name}-problems`).replaceChildren(...marked.map((one) => problemItem(editor, one, `${one.problem.line ?? ""} ${one.problem.pointer ?? ""}`.trim())));
}

function fill({ criteria, schema, data, ...parameters }) {
  Object.entries({ criteria, schema, data }).forEach(([name, text]) => { editors[name].text = text ?? ""; });
  PARAMETERS.forEach((name) => { byId(name).value = parameters[name] ?? ""; });
  ask();
}

/* What was typed, in the part of the address that browsers send to nobody. */
function link() {
  const bytes = new TextEncoder().encode(JSON.stringify(given()));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function linked() {
  try {
    const bytes = Uint8Array.from(atob(location.hash.slice(1).replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    return location.hash.length > 1 ? JSON.parse(new TextDecoder().decode(bytes)) : undefined;
  } catch {
    return undefined; // the link was cut
  }
}

Object.values(editors).forEach((editor) => editor.onInput(askSoon));
PARAMETERS.forEach((name) => byId(name).addEventListener("input", askSoon));
byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
byId("example").replaceChildren(...EXAMPLES.map(({ title }, index) => element("option", { value: String(index) }, title)));
byId("example").addEventListener("change", ({ target }) => {
  history.replaceState(null, "", location.pathname);
  fill(EXAMPLES[Number(target.value)]);
});
byId("share").addEventListener("click", async () => {
  history.replaceState(null, "", `#${link()}`);
  const isCopied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  byId("share").textContent = isCopied ? "Copied" : "In the address bar";
  setTimeout(() => { byId("share").textContent = "Copy link"; }, 2000);
});
window.addEventListener("hashchange", () => {
  const found = linked();
  if (found) fill(found);
});
fill(linked() ?? EXAMPLES[0]);
