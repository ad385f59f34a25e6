/** Ends a jest run with one plain line, `N passed, N failed`, for whatever reads only the end of a log. */
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter((file) => file.testExecError || file.failureMessage).length;
    const failed = Math.max(results.numFailedTests, results.numFailedTests === 0 ? broken : 0);
    const skipped = results.numPendingTests + results.numTodoTests;
    this.line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    // After the default reporter's summary, which goes to stderr.
    process.on('exit', () => process.stdout.write(`${this.line}\n`));
  }
}
