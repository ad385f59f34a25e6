/** Called for every pixel many times: a local name spares the look-up of a global one, which test sandboxes make slow. */
const { exp, imul, max, round, sqrt } = Math;

/** Random numbers that are the same on every machine for the same seed. */
export interface Random {
  /** From 0 up to, not including, 1. */
  uniform(low?: number, high?: number): number;
  normal(mean?: number, deviation?: number): number;
  /** How many photons arrive where `mean` are expected. */
  poisson(mean: number): number;
}

/** Above this mean a Poisson distribution is drawn as a normal one of the same variance: nobody could tell. */
const POISSON_AS_NORMAL = 40;

/** @param seed a whole number; a 32-bit counter stepped by the golden ratio and mixed twice (the SplitMix scheme) */
export function seededRandom(seed: number): Random {
  let counter = seed | 0;
  const next = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    let mixed = counter;
    mixed = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
  const uniform = (low = 0, high = 1) => low + (high - low) * next();
  // Twelve uniform numbers have variance 1; their sum needs no logarithm or cosine, which engines round differently.
  const normal = (mean = 0, deviation = 1) => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += next();
    return mean + deviation * sum;
  };
  const poisson = (mean: number) => {
    if (mean > POISSON_AS_NORMAL) return max(0, round(normal(mean, sqrt(mean))));
    const end = exp(-mean);
    let count = 0;
    for (let product = next(); product > end; product *= next()) count++;
    return count;
  };
  return { uniform, normal, poisson };
}
