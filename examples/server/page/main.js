// The page: sends what was typed to the server, and shows the answers.

import { ApiError, ask, firstKeys, keep, keys } from "./api.js";
import { Compiled } from "./compiled.js";
import { byId, element, plural } from "./dom.js";
import { Editor } from "./editor.js";
import { EXAMPLES } from "./examples.js";
import { showVerdict } from "./problems.js";
import { showRecords } from "./results.js";
import { copy, curl, link, linked } from "./sharing.js";
import { Suggestions } from "./suggestions.js";

const DELAY = 120; // milliseconds without typing before criteria are checked
const PARAMETERS = ["orderBy", "limit", "skip"];

const editor = new Editor(byId("editor"));
const compiled = new Compiled();
const state = { entities: [], entity: null, texts: {}, checking: null, searching: null, page: null };
const suggestions = new Suggestions(editor, () => state.entity?.criteria);

function parameters() {
  const found = Object.fromEntries(PARAMETERS.map((name) => [name, byId(name).value.trim()]));
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value));
}

const criteria = () => (editor.text.trim() ? editor.text : "{}");

/* The parameters of the search in the URL, from the record that `skip` names or from the position of a cursor. */
function query(position = {}) {
  const found = { ...parameters(), ...position };
  if (byId("getTotalCount").checked) found.getTotalCount = "true";
  if (state.entity.name === "user") found.type = "all";
  return found;
}

/* The search as it is typed, for a link. */
const typed = () => ({ entity: state.entity.name, criteria: editor.text, ...parameters() });

/* Only the answer to the last request counts. */
function latest(name) {
  state[name]?.abort();
  state[name] = new AbortController();
  return state[name].signal;
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof ApiError)) throw error;
    if (error.isAboutKeys) askForKeys(error.message);
    else byId("records-status").textContent = error.message;
  }
}

const checkSoon = (() => {
  let timer;
  return () => {
    clearTimeout(timer);
    latest("checking");
    timer = setTimeout(check, DELAY);
  };
})();

function check() {
  if (!state.entity) return undefined; // the keys are not there yet
  return attempt(async () => {
    const text = editor.text;
    const query = text.trim() ? { query: text } : {};
    const path = `/console/${state.entity.name}`;
    const body = JSON.stringify({ ...query, ...parameters() });
    const { data } = await ask(`${path}/check`, body, latest("checking"));
    if (data.problems.length === 0) compiled.show(data, (engine) => compiledFor(`${path}/compiled/${engine}`, body));
    else compiled.fade(true);
    showVerdict(editor, text, PARAMETERS, data.problems, data.findings, data.moreFindings);
  });
}

/* What an engine gets of criteria that were checked before; undefined if the server does not say. */
async function compiledFor(path, body) {
  let found;
  await attempt(async () => {
    found = (await ask(path, body)).data;
  });
  return found;
}

/* Runs the search, from the record that `skip` names or from the position of a cursor. */
function run(position = {}) {
  suggestions.close();
  if (!state.entity) return start();
  const section = byId("records").closest("section");
  return attempt(async () => {
    const given = parameters();
    link(typed());
    section.setAttribute("aria-busy", "true");
    try {
      const path = `${state.entity.path}/query?${new URLSearchParams(query(position))}`;
      showPage(await ask(path, criteria(), latest("searching")), given, position);
    } catch (error) {
      if (!error.problems?.length) throw error;
      byId("records-status").textContent = `Not run: ${plural(error.problems.length, "problem")}.`;
      await check();
    } finally {
      section.setAttribute("aria-busy", "false");
    }
  });
}

function showPage({ data, totalCount, nextCursor, previousCursor }, { skip = "0", orderBy = "" }, { after, before }) {
  const first = after ? state.page.end : !before ? Number(skip) : previousCursor ? Math.max(0, state.page.first - data.length) : 0;
  const range = data.length ? `${(first + 1).toLocaleString("en")}\u2013${(first + data.length).toLocaleString("en")}` : "None";
  const whole = totalCount === undefined ? (nextCursor ? " of more" : "") : ` of ${plural(totalCount, "record")}`;
  byId("records-status").textContent = range + whole;
  state.page = { first, end: first + data.length, nextCursor, previousCursor };
  byId("previous").disabled = !previousCursor;
  byId("next").disabled = !nextCursor;
  showRecords(data, state.entity.fields, orderBy, (order) => {
    byId("orderBy").value = order;
    byId("skip").value = "0";
    checkSoon();
    run().then(() => document.querySelector(`th [data-field="${CSS.escape(order.split(" ")[0])}"]`)?.focus());
  });
}

/* Turns to the page beside the one that is shown. Records that were written meanwhile do not move it. */
function turn(position) {
  byId("skip").value = "0"; // it counts from the first record
  checkSoon();
  run(position);
}

/* Shows an entity, with the criteria that were typed for it last. */
function choose(name) {
  const example = EXAMPLES.find(({ entity }) => entity === name);
  return fill({ entity: name, criteria: state.texts[name] ?? example?.criteria ?? "{}" });
}

/* Shows a search: that of an example, or of a link. */
function fill({ entity: name, criteria: text, orderBy = "", limit = "20", skip = "0" }) {
  if (state.entity) state.texts[state.entity.name] = editor.text;
  state.entity = state.entities.find((entity) => entity.name === name) ?? state.entities[0];
  byId("entity").value = state.entity.name;
  editor.text = text ?? "{}";
  Object.entries({ orderBy, limit, skip }).forEach(([parameter, value]) => { byId(parameter).value = value; });
  suggestions.close();
  return Promise.all([check(), run()]);
}

async function start() {
  await attempt(async () => {
    await firstKeys();
    state.entities = (await ask("/console/entities")).data;
    const select = byId("entity");
    const before = select.value;
    select.replaceChildren(...state.entities.map(({ name }) => element("option", { value: name }, name)));
    select.value = state.entities.some(({ name }) => name === before) ? before : state.entities[0].name;
    select.disabled = byId("example").disabled = false;
    await (linked() ? fill(linked()) : choose(select.value));
  });
}

function askForKeys(message = "") {
  const dialog = byId("keys");
  for (const [name, value] of Object.entries(keys())) byId(name).value = value;
  byId("keys-error").textContent = message;
  if (!dialog.open) dialog.showModal();
}

editor.onInput(() => {
  byId("skip").value = "0"; // other criteria have other pages
  checkSoon();
});
PARAMETERS.forEach((name) => byId(name).addEventListener("input", checkSoon));
byId("entity").addEventListener("change", (event) => choose(event.target.value));
byId("example").replaceChildren(
  element("option", { value: "" }, "Choose"),
  ...EXAMPLES.map(({ title }, index) => element("option", { value: String(index) }, title)),
);
byId("example").addEventListener("change", ({ target }) => {
  if (target.value) fill(EXAMPLES[Number(target.value)]);
  target.value = "";
});
byId("share").addEventListener("click", ({ target }) => {
  if (!state.entity) return;
  link(typed());
  copy(target, location.href);
});
byId("curl").addEventListener("click", ({ target }) => {
  if (state.entity) copy(target, curl(state.entity.path, query(), criteria()));
});
window.addEventListener("hashchange", () => {
  if (state.entity && linked()) fill(linked());
});
byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
byId("previous").addEventListener("click", () => turn({ before: state.page.previousCursor }));
byId("next").addEventListener("click", () => turn({ after: state.page.nextCursor }));
byId("keys-open").addEventListener("click", () => askForKeys());
byId("keys-cancel").addEventListener("click", () => byId("keys").close());
byId("keys").querySelector("form").addEventListener("submit", () => {
  keep({ apiKey: byId("apiKey").value, masterKey: byId("masterKey").value });
  start();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && state.entity && !byId("keys").open) {
    event.preventDefault();
    run();
  }
});
start();
