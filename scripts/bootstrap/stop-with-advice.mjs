// The end of every bootstrap that cannot go on: one sentence that says what to do, exit code 1.
export class Advice extends Error {}

/** Runs a script's main function; what it throws becomes a sentence on stderr. Resolves to its exit code. */
export async function stopWithAdvice(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Advice ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
