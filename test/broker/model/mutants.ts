import { createHash } from 'node:crypto';
import type * as SqliteChildren from '../../../src/broker/sqlite/children.js';
import type * as SqliteClaims from '../../../src/broker/sqlite/claims.js';
import type { Script } from '../../../src/broker/redis/scripts/script.js';
import type { Rule } from './rules.js';

/** A part of a driver that is taken out, and the rules that show it, depending on the order of events that is found. */
export interface Mutant {
  readonly taken: string;
  readonly breaks: readonly Rule[];
}

export interface RedisMutant extends Mutant {
  /** Text of a script, or of what all scripts share, and what stands there instead. */
  readonly from: string;
  readonly to: string;
}

export interface SqliteMutant extends Mutant {
  readonly claims?: (real: typeof SqliteClaims) => Partial<typeof SqliteClaims>;
  readonly children?: Partial<typeof SqliteChildren>;
}

const TOKEN: Mutant = {
  taken: 'the check of the token',
  // An old claim is answered true; one that was given back, and may be told so again, writes nevertheless.
  breaks: ['an answer is that of the contract', 'what is there is what the contract says'],
};
const REMOVAL: Mutant = {
  taken: 'the removal from the processing list',
  breaks: ['an open job stands in one place, an ended one in none'],
};
const RENEWAL: Mutant = {
  taken: 'the renewal of the lease',
  // The lease itself, or the order in which jobs are put back.
  breaks: ['a lease lasts as the contract says', 'what is there is what the contract says'],
};

const COUNTING: Mutant = {
  taken: 'the counting of children that have ended',
  // The counts, or a parent that waits although it need not.
  breaks: ['what is there is what the contract says', 'an answer is that of the contract'],
};

export const REDIS_MUTANTS: readonly RedisMutant[] = [
  // Any claim of a job that somebody holds passes for the holder's.
  { ...TOKEN, from: 'if current ~= token then return nil end', to: 'if not current then return nil end' },
  { ...REMOVAL, from: 'takeOff(list, key)\n  if queue', to: 'if queue' },
  // `update` and `renew` write and answer as before.
  { ...RENEWAL, from: 'setLease(queue, key, ARGV[2])', to: '' },
  { ...COUNTING, from: "if parent then countChild(parent, key, redis.call('HGET', key, 'status')) end", to: '' },
];

export const SQLITE_MUTANTS: readonly SqliteMutant[] = [
  {
    ...TOKEN,
    claims: ({ fencedWrite }) => ({
      fencedWrite: (db, claim, ...rest) => {
        const holder = db.all('SELECT token FROM jobs WHERE key = ? AND token IS NOT NULL', claim.key)[0];
        return fencedWrite(db, { ...claim, token: String(holder?.['token']) }, ...rest);
      },
    }),
  },
  // The row that says who holds a job stays when the job is settled; it is the list of this driver.
  { ...REMOVAL, claims: () => ({ forget: () => undefined }) },
  {
    ...RENEWAL,
    claims: ({ fencedWrite }) => ({
      fencedWrite: (db, claim, ...rest) => {
        const until = db.all('SELECT lease_until FROM jobs WHERE key = ?', claim.key)[0]?.['lease_until'] ?? null;
        const accepted = fencedWrite(db, claim, ...rest);
        db.run('UPDATE jobs SET lease_until = ? WHERE key = ?', until, claim.key);
        return accepted;
      },
    }),
  },
  { ...COUNTING, children: { countChild: () => undefined } },
];

/** The script with its text changed, wherever the text occurs. */
export function mutate(script: Script, { from, to }: RedisMutant): Script {
  const lua = script.lua.replaceAll(from, to);
  return { name: script.name, lua, sha: createHash('sha1').update(lua).digest('hex') };
}
