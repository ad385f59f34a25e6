import * as fc from 'fast-check';
import { manySteps, type Step } from './steps.js';
import type { Subject } from './subject.js';
import { World } from './world.js';

/** Whatever happens in whatever order, the broker does what the contract says, and in the end every job is done. */
export function brokerFollowsContract(subject: Subject): fc.IAsyncProperty<[Step[]]> {
  return fc.asyncProperty(manySteps(subject.others !== undefined), async (steps) => {
    const world = new World(subject, await subject.start());
    for (const step of steps) await world.take(step);
    await world.finish();
  });
}
