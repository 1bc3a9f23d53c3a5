// A reporter for vitest: leaves the totals, and the names of what was skipped, in the file TEST_TOTALS_FILE.
import { writeFileSync } from 'node:fs';

// oxlint-disable-next-line import/no-default-export -- the shape that vitest asks of a reporter's module
export default class WriteTestTotals {
  onTestRunEnd(files, unhandledErrors) {
    const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0, skippedNames: [] };
    for (const file of files) addFile(totals, file);
    writeFileSync(process.env.TEST_TOTALS_FILE, JSON.stringify(totals));
  }
}

function addFile(totals, file) {
  // A file or suite that breaks outside its tests has no failed test, and is a failure all the same.
  totals.failed += file.errors().length;
  for (const suite of file.children.allSuites()) totals.failed += suite.errors().length;
  for (const test of file.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') totals.passed += 1;
    else if (state === 'failed') totals.failed += 1;
    else {
      totals.skipped += 1;
      totals.skippedNames.push(`${file.relativeModuleId} > ${test.fullName}`);
    }
  }
}
