import path from 'node:path';
import { KioskError } from '../../errors/kiosk-error.js';
import type { Broker } from '../contract.js';
import { type BrokerOptions, brokerSettings } from '../options.js';
import { Database } from './database.js';
import { SqliteBroker } from './sqlite-broker.js';

/**
 * Opens `sqlite:PATH`, also written `sqlite:///absolute/path`: queues and hashes in one file on a local disk,
 * shared by any number of processes of this machine.
 */
export async function openSqliteBroker(url: string, options: BrokerOptions = {}): Promise<Broker> {
  const file = url.replace(/^sqlite:(\/\/)?/i, '');
  if (file === '') {
    throw new KioskError('KC_CONFIG', `The broker address "${url}" names no file.`, {
      hint: 'write sqlite:PATH, such as sqlite:.kiosk/broker.sqlite',
    });
  }
  const settings = brokerSettings(options);
  return new SqliteBroker(await Database.open(path.resolve(file), settings), settings);
}
