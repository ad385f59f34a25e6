import { join } from 'node:path';
import type { NdArray } from '../../../src/processing/array/nd-array.js';
import { built } from '../../support/built.js';
import { readNpy, writeNpy } from '../../support/npy.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';
import type { BenchContext, Benchmark, Row } from '../contract.js';
import { cpuMs, interleave, type Contender } from '../support/interleave.js';
import { openPythonPeer, type PythonPeer } from '../support/python-peer.js';
import { timeRow } from '../support/rows.js';
import { assertClose } from '../support/same-array.js';

type Assignment = typeof import('../../../src/processing/structures/linear-assignment.js');

const SIDE = 2000;

/** The exact linear assignment on its own, in one thread. */
export const assignment: Benchmark = {
  name: 'assignment',
  summary: `Linear assignment of ${SIDE} × ${SIDE} dense float64 costs, ms of processor time, against scipy (Debian) on the same costs; the least cost is compared.`,
  async run(context) {
    const peer = openPythonPeer('assignment', 'python3-scipy');
    if (peer) context.own(peer, () => peer.close());
    return [
      await measure('random costs', randomCosts(), peer, context),
      await measure('squared distances of random places', squaredDistances(), peer, context),
    ];
  },
};

function randomCosts(): NdArray<Float64Array> {
  const random = randomNumbers(1);
  return { shape: [SIDE, SIDE], data: Float64Array.from({ length: SIDE * SIDE }, random) };
}

function squaredDistances(): NdArray<Float64Array> {
  const random = randomNumbers(2);
  const [from, to] = [0, 1].map(() => Array.from({ length: SIDE }, () => [random(), random()] as const));
  const data = from!.flatMap(([row, column]) => to!.map((place) => (place[0] - row) ** 2 + (place[1] - column) ** 2));
  return { shape: [SIDE, SIDE], data: Float64Array.from(data) };
}

async function measure(
  name: string,
  costs: NdArray<Float64Array>,
  peer: PythonPeer | undefined,
  { folder, progress }: BenchContext,
): Promise<Row> {
  progress(name);
  const { linearAssignment } = built('src/processing/structures/linear-assignment.js') as Assignment;
  const contenders: Record<string, Contender> = { ours: () => cpuMs(() => linearAssignment(costs)) };
  if (peer) {
    const [input, result] = [join(folder, 'costs.npy'), join(folder, 'result.npy')];
    writeNpy(input, costs);
    await peer.call('assign', { costs: input }, result);
    const ours = { shape: [1], data: Float64Array.of(linearAssignment(costs).cost) };
    assertClose(ours, readNpy(result), 1e-9, name);
    contenders['scipy'] = async () => (await peer.call('assign', { costs: input })).cpuMs;
  }
  return timeRow({ name, costs: await interleave(contenders), ours: 'ours', ...(peer && { peer: 'scipy' }) });
}
