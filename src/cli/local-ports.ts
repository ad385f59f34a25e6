import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBroker } from '../broker/memory/memory-broker.js';
import { createCompute } from '../compute/pool.js';
import type { Settings } from '../config/settings.js';
import type { Ports } from '../consumer/context.js';
import type { PredictClient } from '../models/contract.js';
import { openStorage } from '../storage/open.js';
import type { CommandContext } from './command-context.js';

/** The ports of `run`: a broker in memory, a temporary folder as bucket, and the model server only if one is set. */
export async function openLocalPorts(context: CommandContext, settings: Settings): Promise<Ports> {
  const folder = await mkdtemp(join(tmpdir(), 'kiosk-run-'));
  context.onEnd(() => rm(folder, { recursive: true, force: true }));
  const broker = new MemoryBroker();
  const store = await openStorage(`file:${folder}`, settings.storage.options);
  const compute = createCompute({ threads: settings.threads });
  context.onEnd(() => compute.close());
  const { schemes } = await context.registry();
  let models: Promise<PredictClient> | undefined;
  context.onEnd(async () => (await models?.catch(() => undefined))?.close());
  const open = async () => {
    const { openModels } = await import('../models/open.js');
    const { url = 'onnx:bundled', options } = settings.models;
    return await openModels(url, options, schemes.models);
  };
  return { broker, store, compute, models: () => (models ??= open()) };
}
