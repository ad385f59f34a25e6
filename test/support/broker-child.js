/** A broker of the built program in a process of its own, driven by messages: `{ id, method, args }`. */
import { openBroker } from '../../dist/src/broker/open.js';

const [url, options] = process.argv.slice(2);
const broker = await openBroker(url, JSON.parse(options));

/** Methods beside the broker's own. */
const extra = {
  /** Enqueues with the time of the push, ms since 1970, in the field `pushed_at`. */
  async push(queue, key) {
    const pushedAt = performance.timeOrigin + performance.now();
    await broker.enqueue(queue, key, { status: 'new', pushed_at: String(pushedAt) });
  },
  /** Enqueues, claims and settles without end, and tells each job that is done. */
  async churn(queue, worker, leaseMs) {
    for (let i = 0; ; i += 1) {
      await broker.enqueue(queue, `${queue}:${process.pid}:${i}`, { status: 'new', filler: 'x'.repeat(2000) });
      const claim = await broker.claim(queue, { worker, leaseMs });
      if (claim === undefined) continue;
      await broker.settle(claim, { worker, leaseMs }, { status: 'done', output_file_name: claim.key });
      process.send({ done: claim.key });
    }
  },
  /** Claims and settles until the queue is empty. */
  async drain(queue, worker, leaseMs) {
    const keys = [];
    for (;;) {
      const claim = await broker.claim(queue, { worker, leaseMs });
      if (claim === undefined) return keys;
      await broker.settle(claim, { worker, leaseMs }, { status: 'done' });
      keys.push(claim.key);
    }
  },
};

async function answer({ id, method, args }) {
  try {
    const result = await (method in extra ? extra[method](...args) : broker[method](...args));
    process.send({ id, result });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
}

process.on('message', (message) => void answer(message));
process.on('disconnect', () => process.exit());
process.send({ ready: true });
