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

  /* Shows the compiled form of criteria without problems. */
  show(found) {
    const [words, sql, mongo, python, normal] = this.kinds.panels;
    words.replaceChildren(...told(found));
    this.#dialects(sql, found.sql);
    mongo.replaceChildren(...code(pretty(found.mongo), colouredJson));
    python.replaceChildren(...code(found.python, colouredPython));
    normal.replaceChildren(...code(pretty({ text: found.normalForm }), colouredJson));
    this.fade(false);
  }

  /* Marks what is shown as that of earlier criteria. */
  fade(isStale) {
    this.kinds.root.classList.toggle("stale", isStale);
    byId("stale").textContent = isStale ? "from the last valid criteria" : "";
  }

  #dialects(panel, statements) {
    if (!this.dialects) {
      this.dialects = new Tabs("dialect", "Dialects", statements.map(({ dialect }) => DIALECTS[dialect] ?? dialect), "tabs small");
      panel.replaceChildren(this.dialects.root, element("p", { class: "hint legend" }, element("span", { class: "refused" }, "Dashed"),
        " engines refuse these criteria, because they cannot answer them correctly."));
    }
    this.dialects.root.nextSibling.hidden = !statements.some(({ problems }) => problems);
    statements.forEach((statement, index) => {
      this.dialects.tabs[index].classList.toggle("refused", Boolean(statement.problems));
      this.dialects.panels[index].replaceChildren(...code(statement, colouredSql), ...whole(statement.search));
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
