// The JSON language service of Visual Studio Code, asked about one document.
//
// Standard input: {"schema": {...}, "requests": [{"text": "...", "offset": 12}, ...]}; without an offset nothing is
// completed. Standard output: for each request {"completions": [...], "hover": ..., "diagnostics": [...]}.
import { readFileSync } from "node:fs";
import languageService from "vscode-json-languageservice";

const { getLanguageService, TextDocument } = languageService;
const SCHEMA = "file:///query.schema.json";
const { schema, requests } = JSON.parse(readFileSync(0, "utf8"));
const service = getLanguageService({});
service.configure({ validate: true, schemas: [{ uri: SCHEMA, fileMatch: ["*"], schema }] });

async function answer({ text, offset }) {
  const document = TextDocument.create("file:///query.json", "json", 1, text);
  const parsed = service.parseJSONDocument(document);
  const found = await service.doValidation(document, parsed);
  const diagnostics = found.map(({ message, range, severity }) => ({
    message,
    severity,
    text: document.getText(range),
    line: range.start.line + 1,
    column: range.start.character + 1,
  }));
  if (offset === undefined) return { completions: [], hover: null, diagnostics };
  const position = document.positionAt(offset);
  const list = await service.doComplete(document, position, parsed);
  const hover = await service.doHover(document, position, parsed);
  const completions = list.items.map(({ label, documentation, textEdit }) => ({
    label,
    documentation: documentation?.value ?? documentation ?? null,
    inserted: textEdit?.newText ?? null,
  }));
  return { completions, hover: hover?.contents ?? null, diagnostics };
}

const answers = [];
for (const request of requests) answers.push(await answer(request));
process.stdout.write(JSON.stringify(answers));
