/** Where the random numbers of this run begin: anew each time, and printed, or where MODEL_SEED says. */
export function announcedSeed(test: string): number {
  const seed = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31);
  process.stderr.write(`${test}: MODEL_SEED=${seed}\n`);
  return seed;
}
