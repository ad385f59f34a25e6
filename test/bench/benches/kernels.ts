import { join } from 'node:path';
import type { NdArray } from '../../../src/processing/array/nd-array.js';
import { readNpy } from '../../support/npy.js';
import type { BenchContext, Benchmark, Row } from '../contract.js';
import { cpuMs, interleave, type Contender } from '../support/interleave.js';
import type { KernelCase } from '../support/kernel-case.js';
import { imageCases, objectCases } from '../support/kernel-cases.js';
import { makeKernelInputs, SIDE } from '../support/kernel-inputs.js';
import { openPythonPeer, type PeerTime, type PythonPeer } from '../support/python-peer.js';
import { rateRow } from '../support/rows.js';
import { assertClose, assertSameArray } from '../support/same-array.js';

/** Each numeric function on its own, in one thread, on a sparse and a dense image. */
export const kernels: Benchmark = {
  name: 'kernels',
  summary:
    'Millions of pixels a second of processor time at 2048², on an image with 29 % foreground and a dense one with 54 %, against scikit-image 0.19, scipy and numpy (Debian) on the same arrays; results are compared.',
  async run(context) {
    context.progress('making the images');
    const images = makeKernelInputs(context.folder);
    const peer = openPythonPeer('kernels', 'python3-skimage');
    if (peer) context.own(peer, () => peer.close());
    const rows: Row[] = [];
    for (const [index, inputs] of images.entries()) {
      const cases = [...(index === 0 ? imageCases(inputs) : []), ...objectCases(inputs)];
      for (const each of cases) rows.push(await measureCase(inputs.name, each, peer, context));
    }
    return rows;
  },
};

async function measureCase(
  image: string,
  each: KernelCase,
  peer: PythonPeer | undefined,
  { folder, progress }: BenchContext,
): Promise<Row> {
  progress(`${each.name}, ${image}`);
  const { run, peer: theirs } = each;
  const contenders: Record<string, Contender> = { ours: () => cpuMs(run) };
  const compares = peer !== undefined && theirs !== undefined;
  const file = join(folder, 'result.npy');
  if (compares) {
    let first: PeerTime | undefined = await peer.call(theirs.call, theirs.args, file);
    compare(each, run(), readNpy(file), image);
    if (!each.untimed) {
      contenders[theirs.name] = async () => {
        // The call that was compared is the first round of a peer that takes seconds.
        const time = first ?? (await peer.call(theirs.call, theirs.args));
        first = undefined;
        return time.cpuMs;
      };
    }
  }
  const costs = await interleave(contenders);
  return rateRow({
    name: `${each.name}, ${image}`,
    costs,
    ours: 'ours',
    unit: 'Mpx/s',
    amount: (SIDE * SIDE) / 1e6,
    ...(compares && !each.untimed && { peer: theirs.name }),
  });
}

function compare({ name, tolerance, shown }: KernelCase, found: NdArray, expected: NdArray, image: string): void {
  const ours = shown ? shown(found) : found;
  if (tolerance === 0) assertSameArray(ours, expected, `${name}, ${image}`);
  else assertClose(ours, expected, tolerance, `${name}, ${image}`);
}
