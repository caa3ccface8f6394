// Runs the test suite of the criteria language on mingo, MongoDB's query language in JavaScript, and reports.
//
//   npm install && node runner.mjs [folder of the suite] [--json]
//
// It shows that a runner in another language is small. What JavaScript cannot hold is left out, counted and told.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Query } from "mingo";
import { LeftOut, SUPPORTED, fieldsOf, inOrder, toDocument, toFilter } from "./translate.mjs";

const [folder = join(import.meta.dirname, "../../../tests/suite")] = process.argv.slice(2).filter((one) => one[0] !== "-");
const report = { suite: readFileSync(join(folder, "VERSION"), "utf8").trim(), engine: "mingo", passed: 0, failed: [], leftOut: {} };

/** JSON whose integers doubles hold. Larger ones are left out: this runner has no 64-bit integers. */
function parse(text) {
  return JSON.parse(text, (key, value) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? { tooLarge: true } : value,
  );
}

const hasTooLarge = (value) => JSON.stringify(value).includes('"tooLarge":true');

function check(schema, documents, fields, test, wanted) {
  if (hasTooLarge(wanted)) throw new LeftOut("integers beyond 2^53");
  const query = new Query(toFilter(wanted, fields));
  const selected = inOrder(documents.filter((one) => query.test(one)), test.orderBy ?? "", schema, fields);
  const isPage = "limit" in test || "skip" in test;
  const [skip, limit] = isPage ? [test.skip ?? 0, test.limit ?? 10] : [0, selected.length];
  let ids = selected.slice(skip, skip + limit).map((document) => document.id);
  if (!("orderBy" in test)) ids = ids.toSorted((one, other) => one - other);
  const page = { matches: ids, hasMoreRecords: selected.length > skip + limit, totalCount: selected.length };
  return ["matches", "hasMoreRecords", "totalCount"]
    .filter((name) => name in test && JSON.stringify(page[name]) !== JSON.stringify(test[name]))
    .map((name) => `${name} is ${JSON.stringify(page[name])}, expected ${JSON.stringify(test[name])}`);
}

function leaveOut(reason, count) {
  report.leftOut[reason] = (report.leftOut[reason] ?? 0) + count;
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".json")).sort()) {
  for (const testCase of parse(readFileSync(join(folder, file), "utf8"))) {
    const { schema, records, tests } = testCase;
    if (file === "refused.json") { leaveOut("refusals: this runner has no parser", tests.length); continue; }
    if (!schema) { leaveOut("criteria without a schema", tests.length); continue; }
    if (testCase.entities) { leaveOut("references into other entities", tests.length); continue; }
    const fields = fieldsOf(schema);
    const beyond = [...fields.values()].map((field) => field.fieldType).find((type) => !SUPPORTED.has(type));
    if (beyond) { leaveOut(`fields of type ${beyond}`, tests.length); continue; }
    if ([...fields.values()].some((field) => field.precision === 6)) { leaveOut("microseconds", tests.length); continue; }
    if (hasTooLarge(records)) { leaveOut("integers beyond 2^53", tests.length); continue; }
    const documents = records.map((record) => toDocument(record, fields));
    for (const test of tests) {
      try {
        const wrong = check(schema, documents, fields, test, "text" in test ? parse(test.text) : test.criteria);
        if (wrong.length) report.failed.push(`${file}: ${test.description}: ${wrong.join("; ")}`);
        else report.passed += 1;
      } catch (error) {
        if (!(error instanceof LeftOut)) throw error;
        leaveOut(error.message, 1);
      }
    }
  }
}

if (process.argv.includes("--json")) console.log(JSON.stringify(report, null, 2));
else {
  console.log(`criteria suite ${report.suite} on ${report.engine}: ${report.passed} passed, ${report.failed.length} failed`);
  for (const [reason, count] of Object.entries(report.leftOut)) console.log(`    left out: ${count}, ${reason}`);
  for (const line of report.failed) console.log(`FAILED ${line}`);
}
process.exitCode = report.failed.length ? 1 : 0;
