/** Runs once what is measured and gives its cost in ms. */
export type Contender = () => number | Promise<number>;

/** Costs in ms of each contender, one for each round. */
export type Costs<Name extends string = string> = Readonly<Record<Name, readonly number[]>>;

/** Medians of fewer are not worth printing. */
export const LEAST_ROUNDS = 5;

/** Work that takes this long is hardly longer when it is run for the first time. */
const LONG_MS = 1000;

/**
 * Measures contenders in turn, round after round, so that whatever else the machine does meets all of them alike. The
 * first round is not counted, because it loads and compiles, unless it took so long that this does not matter.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  rounds = LEAST_ROUNDS,
): Promise<Costs<Name>> {
  const names = Object.keys(contenders) as Name[];
  const costs = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  let isFirst = true;
  for (let counted = 0; counted < rounds;) {
    const round: [Name, number][] = [];
    for (const name of names) round.push([name, await contenders[name]()]);
    const counts = !isFirst || round.some(([, cost]) => cost >= LONG_MS);
    isFirst = false;
    if (!counts) continue;
    for (const [name, cost] of round) costs[name].push(cost);
    counted++;
  }
  return costs;
}

/** Processor time in ms of all threads of this process while `work` runs: the work itself, the compiler and the collector. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export async function wallMs(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
