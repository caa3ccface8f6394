// Tokens: of JSON while it is typed, so possibly incomplete, and of the code that is shown.

const JSON_TOKEN = /("(?:[^"\\\n]|\\.)*"?)|(-?[\w$.+]+)|([{}[\]:,])|\s+|[^]/g;

/* The tokens of possibly incomplete JSON: { kind, text, start, end }. A string ends at the end of its line. */
export function jsonTokens(text) {
  const found = [];
  for (const match of text.matchAll(JSON_TOKEN)) {
    const [all, string, word, mark] = match;
    if (!string && !word && !mark && !all.trim()) continue;
    const kind = string ? "string" : word ? "word" : mark ? "mark" : "other";
    const isClosed = kind !== "string" || /^"(?:[^"\\]|\\.)*"$/.test(all);
    found.push({ kind, text: all, start: match.index, end: match.index + all.length, isClosed });
  }
  return found;
}

/* Each token with the class of its colour; keys of objects have their own. */
export function colouredJson(text) {
  const tokens = jsonTokens(text);
  return tokens.map((token, index) => {
    if (token.kind === "string") {
      const isKey = tokens[index + 1]?.text === ":";
      return { ...token, colour: !isKey ? "string" : /^"(\$|(AND|OR|NOT)")/.test(token.text) ? "operator" : "key" };
    }
    if (token.kind === "word") return { ...token, colour: /^-?\d/.test(token.text) ? "number" : "keyword" };
    return { ...token, colour: token.kind === "mark" ? "mark" : "" };
  });
}

const SQL = /('(?:[^']|'')*')|("[^"]*"|`[^`]*`|\[[^\]]*\])|(\b\d+(?:\.\d+)?\b)|(%\(?\w*\)?s|\?|\$\d+|[:@]\w+|\{\w+: ?[^}]*\})|(\b[A-Z][A-Z_0-9]*\b)/g;
const PYTHON = /('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\b[a-z]\d+\b)|(\b\d+\b)|(\bself\b)|(\b(?:and|as|class|def|else|except|False|for|if|in|is|lambda|None|not|or|return|True|try)\b)|(#.*)/g;
const COLOURS = ["string", "key", "number", "operator", "keyword", "mark"];

function coloured(pattern, text) {
  return [...text.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    colour: COLOURS[match.slice(1).findIndex((group) => group !== undefined)],
  }));
}

export const colouredSql = (text) => coloured(SQL, text);
export const colouredPython = (text) => coloured(PYTHON, text);
