import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Measures what is really held: collects garbage first, so that the answer does not depend on when V8 would have. */
export function retainedMemory(): () => number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  return () => {
    collect();
    const { external, heapUsed } = process.memoryUsage();
    return external + heapUsed;
  };
}
