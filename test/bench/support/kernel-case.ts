import type { NdArray } from '../../../src/processing/array/nd-array.js';

/** One kernel on one image, with the peer's call that computes the same. */
export interface KernelCase {
  readonly name: string;
  /** The work itself; its result is compared with the peer's. */
  readonly run: () => NdArray;
  /** Brings the result into the peer's form, outside the time that is measured. */
  readonly shown?: (result: NdArray) => NdArray;
  readonly peer?: { readonly name: string; readonly call: string; readonly args: object };
  /** The peer's result is compared, its time not taken: most of it is measured elsewhere. */
  readonly untimed?: boolean;
  /** How far values may be apart; 0 means the same bytes. */
  readonly tolerance: number;
}
