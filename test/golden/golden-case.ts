import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NdArray } from '../../src/processing/array/nd-array.js';
import { readNpy } from '../support/npy.js';

/** A `case.json`: one call of a function of the reference implementation, with what went in and came out. */
export interface CaseFile {
  readonly function: string;
  readonly case: string;
  readonly version: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly compare: 'exact' | 'allclose' | 'labels_iou_0.95';
  readonly rtol: number;
  readonly atol: number;
  readonly note?: string;
  readonly inputs: Readonly<Record<string, ArrayFile>>;
  readonly outputs: Readonly<Record<string, ArrayFile>>;
  /** The call fails. */
  readonly raises?: { readonly type: string };
  /** How the reference implementation tiled the image. */
  readonly info?: unknown;
}

interface ArrayFile {
  readonly file: string;
}

/** One case, ready to run. Arrays are read when they are asked for. */
export class GoldenCase {
  /** Outputs that the function took as inputs, and which are therefore not compared. */
  readonly taken = new Set<string>();

  constructor(
    readonly folder: string,
    readonly file: CaseFile,
  ) {}

  get title(): string {
    return `${this.file.function}/${this.file.case}`;
  }

  get params(): Readonly<Record<string, unknown>> {
    return this.file.params;
  }

  /** @throws {RangeError} if the case has no such input */
  input(name: string): NdArray {
    return this.read(this.file.inputs, name);
  }

  output(name: string): NdArray {
    return this.read(this.file.outputs, name);
  }

  /** An array listed among the outputs that is an input all the same (`out_tiles_in.npy`). */
  takenOutput(name: string): NdArray {
    this.taken.add(name);
    return this.output(name);
  }

  private read(arrays: Readonly<Record<string, ArrayFile>>, name: string): NdArray {
    const entry = arrays[name];
    if (!entry) {
      throw new RangeError(`${this.title}: no array "${name}"; there are ${Object.keys(arrays).join(', ') || 'none'}`);
    }
    const path = join(this.folder, entry.file);
    return readNpy(existsSync(path) ? path : `${path}.gz`);
  }
}

/** Every case in a folder laid out `<function>/<case>/case.json`, sorted by name. */
export function readGoldenCases(folder: string): GoldenCase[] {
  const cases: GoldenCase[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.name !== 'case.json' || !entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    cases.push(new GoldenCase(entry.parentPath, JSON.parse(readFileSync(path, 'utf8')) as CaseFile));
  }
  return cases.toSorted((a, b) => (a.title < b.title ? -1 : 1));
}

const FIXTURES = fileURLToPath(new URL('../fixtures/golden', import.meta.url));

/** One of the cases that are kept with the tests, `mesmer_postprocess/both`. */
export function goldenCase(title: string): GoldenCase {
  const folder = join(FIXTURES, title);
  return new GoldenCase(folder, JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as CaseFile);
}
