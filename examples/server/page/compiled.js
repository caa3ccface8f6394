// Compiled criteria: in words, SQL for each dialect, MongoDB's filter, Python, and the normal form.

import { byId, element } from "./dom.js";
import { inked } from "./inked.js";
import { copy } from "./sharing.js";
import { Tabs } from "./tabs.js";
import { colouredJson, colouredPython, colouredSql, jsonTokens } from "./tokens.js";

const DIALECTS = {
  sqlite: "SQLite", postgres: "PostgreSQL", mysql: "MySQL", mariadb: "MariaDB", duckdb: "DuckDB",
  snowflake: "Snowflake", bigquery: "BigQuery", redshift: "Redshift", spark: "Spark", trino: "Trino",
  clickhouse: "ClickHouse", tsql: "SQL Server", oracle: "Oracle",
};
const OUTCOMES = {
  never: "No records match.",
  always: "Every record matches.",
};

export class Compiled {
  constructor() {
    this.kinds = new Tabs("kind", "Compiled criteria", ["Words", "SQL", "MongoDB", "Python", "Normal form"]);
    byId("compiled").replaceChildren(this.kinds.root);
  }

  /* Shows the compiled form of criteria without problems. `compile` fetches what an engine gets, by the engine's name:
     the answer about long criteria is without it. */
  show(found, compile) {
    this.compile = compile;
    const [words, sql, mongo, python, normal] = this.kinds.panels;
    words.replaceChildren(...told(found));
    this.#dialects(sql, found.sql);
    this.#draw(mongo, "mongo", found.mongo, (form) => code(pretty(form), colouredJson));
    this.#draw(python, "python", found.python, (form) => code(form, colouredPython));
    normal.replaceChildren(...code(pretty({ text: found.normalForm }), colouredJson));
    this.fade(false);
  }

  /* Marks what is shown as that of earlier criteria. */
  fade(isStale) {
    this.kinds.root.classList.toggle("stale", isStale);
    byId("stale").textContent = isStale ? "from the last valid criteria" : "";
  }

  /* Fills a panel with what an engine gets, or with a button that fetches it. */
  #draw(panel, engine, form, drawn) {
    if (form.text !== undefined || form.problems) {
      panel.replaceChildren(...drawn(form));
      return;
    }
    const { compile } = this;
    const button = element("button", { type: "button", class: "quiet", onclick: async () => {
      button.disabled = true;
      const fetched = await compile(engine);
      if (!button.isConnected) return; // other criteria are shown
      button.disabled = false;
      if (fetched) {
        panel.replaceChildren(...drawn(fetched));
        panel.focus();
      }
    } }, "Compile");
    panel.replaceChildren(element("p", { class: "hint" }, "These criteria are long: they are compiled when you ask for it."), button);
  }

  #dialects(panel, statements) {
    if (!this.dialects) {
      this.dialects = new Tabs("dialect", "Dialects", statements.map(({ dialect }) => DIALECTS[dialect] ?? dialect), "tabs small");
      panel.replaceChildren(this.dialects.root, element("p", { class: "hint legend" }, element("span", { class: "refused" }, "Dashed"),
        " engines refuse these criteria, because they cannot answer them correctly."));
    }
    this.dialects.root.nextSibling.hidden = !statements.some(({ problems }) => problems);
    statements.forEach((statement, index) => {
      const tab = this.dialects.tabs[index];
      tab.classList.toggle("refused", Boolean(statement.problems));
      this.#draw(this.dialects.panels[index], statement.dialect, statement, (form) => {
        tab.classList.toggle("refused", Boolean(form.problems));
        this.dialects.root.nextSibling.hidden &&= !form.problems;
        return [...code(form, colouredSql), ...whole(form.search)];
      });
    });
  }
}

function told({ words, outcome }) {
  const lines = words.map((line) => {
    const [, blanks, text] = line.match(/^( *)(?:- )?(.*)$/s);
    return element("p", { class: `level-${Math.min(blanks.length / 2, 6)}` }, text);
  });
  const whole = OUTCOMES[outcome] ? [element("p", { class: "outcome" }, OUTCOMES[outcome])] : [];
  return [element("div", { class: "words" }, ...lines, ...whole)];
}

/* The statement of the whole search, below the condition. */
function whole(statement) {
  if (!statement) return [];
  return [element("details", {}, element("summary", {}, "The whole search"), ...code(statement, colouredSql))];
}

function code({ text, params, problems }, colours) {
  if (problems) {
    const why = problems.map(({ message, hint }) => element("li", {}, message, ...(hint ? [element("span", { class: "hint" }, hint)] : [])));
    return [element("p", { class: "refusal" }, "Refused: this engine cannot answer the query correctly."), element("ul", { class: "reasons" }, ...why)];
  }
  const button = element("button", { type: "button", class: "quiet copy", onclick: () => copy(button, text) }, "Copy");
  const shown = [element("div", { class: "copied" }, element("pre", { class: "code" }, element("code", {}, painted(text, colours))), button)];
  if (params !== undefined) {
    shown.push(element("p", { class: "params" }, element("span", { class: "hint" }, "Parameters"), element("code", {}, painted(params, colouredJson))));
  }
  return shown;
}

const MAX_COLOURED = 60_000; // characters; each word is an element of its own

const painted = (text, colours) => inked(text, text.length > MAX_COLOURED ? [] : colours(text));

const WIDTH = 64;

/* JSON with line breaks where it is long. Numbers keep their spelling, so that large ones are not rounded. */
function pretty({ text, problems }) {
  if (problems) return { problems };
  const tokens = jsonTokens(text);
  let at = 0;
  const value = (indent) => {
    const opening = tokens[at++].text;
    if (opening !== "{" && opening !== "[") return opening;
    const parts = [];
    while (!"}]".includes(tokens[at].text)) {
      const name = opening === "{" ? `${tokens[at].text}: ` : "";
      if (name) at += 2;
      parts.push(name + value(`${indent}  `));
      if (tokens[at].text === ",") at += 1;
    }
    const closing = tokens[at++].text;
    const line = opening + parts.join(", ") + closing;
    if (!parts.length || (line.length <= WIDTH && !line.includes("\n"))) return line;
    return `${opening}\n${indent}  ${parts.join(`,\n${indent}  `)}\n${indent}${closing}`;
  };
  return { text: value("") };
}
