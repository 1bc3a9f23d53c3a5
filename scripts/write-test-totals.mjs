// A reporter for vitest: leaves the totals, what failed and the names of what was skipped in the file TEST_TOTALS_FILE.
import { writeFileSync } from 'node:fs';

// oxlint-disable-next-line import/no-default-export -- the shape that vitest asks of a reporter's module
export default class WriteTestTotals {
  onTestRunEnd(files, unhandledErrors) {
    const totals = { passed: 0, failures: unhandledErrors.map((error) => tellFailure('outside any test', error)) };
    totals.skippedNames = [];
    for (const file of files) addFile(totals, file);
    writeFileSync(process.env.TEST_TOTALS_FILE, JSON.stringify(totals));
  }
}

function addFile(totals, file) {
  const nameOf = (inFile) => `${file.relativeModuleId} > ${inFile.fullName}`;
  // A file or suite that breaks outside its tests has no failed test, and is a failure all the same.
  for (const error of file.errors()) totals.failures.push(tellFailure(file.relativeModuleId, error));
  for (const suite of file.children.allSuites()) {
    for (const error of suite.errors()) totals.failures.push(tellFailure(nameOf(suite), error));
  }
  for (const test of file.children.allTests()) {
    const { state, errors } = test.result();
    if (state === 'passed') totals.passed += 1;
    else if (state === 'failed') totals.failures.push(tellFailure(nameOf(test), errors[0]));
    else totals.skippedNames.push(nameOf(test));
  }
}

/** The name, what went wrong as far as it helps whoever sees no more than the end, and where in the tests it did. */
function tellFailure(name, error) {
  const told = (error?.message ?? 'without an error').split('\n').slice(0, 80);
  const lines = told.map((line) => line.slice(0, 200));
  const frame = error?.stacks?.find(({ file }) => !file.includes('/node_modules/'));
  if (frame !== undefined) lines.push(`at ${frame.file}:${frame.line}:${frame.column}`);
  return [name, ...lines.map((line) => `  ${line}`)].join('\n');
}
