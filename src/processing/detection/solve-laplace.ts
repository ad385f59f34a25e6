/** Where conjugate gradients stop: residual against right side. */
const TOLERANCE = 1e-10;

/** A graph of unknowns: up to four linked unknowns each (−1: none), and how many neighbours of any kind. */
export interface LaplaceGraph {
  readonly links: Int32Array;
  readonly degrees: Float64Array;
}

/**
 * Solves degree_i · x_i − Σ x_linked = seeds_i by conjugate gradients with a diagonal preconditioner. The matrix is
 * positive definite where each connected set of unknowns touches a seed of some label, which the caller sees to.
 *
 * @param seeds for each unknown, how many of its neighbours have the value 1
 */
export function solveLaplace({ links, degrees }: LaplaceGraph, seeds: Float64Array): Float64Array {
  const n = seeds.length;
  const x = new Float64Array(n);
  const residual = seeds.slice();
  const direction = new Float64Array(n);
  const image = new Float64Array(n);
  let rho = 0;
  for (let i = 0; i < n; i++) {
    direction[i] = residual[i]! / degrees[i]!;
    rho += residual[i]! * direction[i]!;
  }
  const target = TOLERANCE * TOLERANCE * rho;
  // In exact arithmetic n steps suffice; rounding may ask for a few more.
  for (let step = 0; step < 2 * n + 10 && rho > target; step++) {
    let curvature = 0;
    for (let i = 0; i < n; i++) {
      let sum = degrees[i]! * direction[i]!;
      for (let k = 4 * i; k < 4 * i + 4; k++) {
        const j = links[k]!;
        if (j >= 0) sum -= direction[j]!;
      }
      image[i] = sum;
      curvature += sum * direction[i]!;
    }
    const length = rho / curvature;
    let next = 0;
    for (let i = 0; i < n; i++) {
      x[i] = x[i]! + length * direction[i]!;
      residual[i] = residual[i]! - length * image[i]!;
      next += (residual[i]! * residual[i]!) / degrees[i]!;
    }
    const ratio = next / rho;
    rho = next;
    for (let i = 0; i < n; i++) direction[i] = residual[i]! / degrees[i]! + ratio * direction[i]!;
  }
  return x;
}
