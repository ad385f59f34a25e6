import { KioskError } from '../../errors/kiosk-error.js';
import { codeOf, messageOf } from '../error-facts.js';

/**
 * `away` passes by itself: a lost or silent connection, a replica, a server that starts, fails over, or is busy with
 * a script. `refused` is an answer that asking again does not change.
 */
export type Trouble = 'away' | 'refused';

/** Error answers of a server that is not (yet, or any more) the one to talk to. */
const AWAY_ANSWERS = /(^|[\s-])(READONLY|LOADING|MASTERDOWN|UNBLOCKED|BUSY|NOREPLICAS)\b/;
/** Errors of a TLS handshake that another try cannot mend. */
const CERTIFICATE = /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/;

export function troubleOf(error: unknown): Trouble {
  if (error instanceof KioskError) return error.code === 'KC_BROKER_UNREACHABLE' ? 'away' : 'refused';
  if (isAnswer(error)) return AWAY_ANSWERS.test(error.message.slice(0, 200)) ? 'away' : 'refused';
  return CERTIFICATE.test(codeOf(error)) ? 'refused' : 'away';
}

/** An error that the server answered, in contrast to one of the connection. */
export function isAnswer(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

export function isUnknownCommand(error: unknown): boolean {
  return isAnswer(error) && /unknown command|NOPERM/i.test(error.message);
}

export function isWrongType(error: unknown): boolean {
  return isAnswer(error) && error.message.includes('WRONGTYPE');
}

/** What an error answer means to whoever called. */
export function refusedByRedis(address: string, error: unknown): KioskError {
  if (error instanceof KioskError) return error;
  const text = messageOf(error);
  const [, hint, retry] = ADVICE.find(([pattern]) => pattern.test(text) || pattern.test(codeOf(error))) ?? [];
  return new KioskError(
    'KC_BROKER_REFUSED',
    `${address} refused: ${text}`,
    { ...(hint === undefined ? {} : { hint }), ...(retry === undefined ? {} : { retry }) },
    { cause: withoutArguments(error) },
  );
}

/** The broker stayed away for as long as a call may wait. */
export function unreachable(address: string, waitedMs: number, error: unknown): KioskError {
  const text = messageOf(error);
  const waited = waitedMs < 1000 ? '' : `, for ${Math.round(waitedMs / 1000)} s`;
  return new KioskError(
    'KC_BROKER_UNREACHABLE',
    `${address} does not answer${waited}: ${text}`,
    {
      hint: 'start Redis, or set the broker (BROKER_URL, or REDIS_HOST and REDIS_PORT) to where it runs',
      retry: 'wait',
    },
    { cause: withoutArguments(error) },
  );
}

/** ioredis hangs the command with all arguments, passwords too, on an error. Nobody may print those. */
export function withoutArguments(error: unknown): unknown {
  if (isAnswer(error) && 'command' in error) delete error.command;
  return error;
}

const ADVICE: readonly (readonly [pattern: RegExp, hint: string, retry?: 'wait'])[] = [
  [
    /WRONGPASS|NOAUTH|invalid password|Authentication required/i,
    'give user and password in redis://USER:PASSWORD@HOST',
  ],
  [/NOPERM|can't run this command/, 'allow this user: ~* +@read +@write +@scripting +@connection +time +role'],
  [/OOM/, 'raise maxmemory of the Redis server, or delete finished jobs', 'wait'],
  [/MISCONF/, 'let the Redis server write to its disk again', 'wait'],
  [/MOVED|CROSSSLOT|CLUSTERDOWN/, 'use a Redis that is no cluster, with replicas and Sentinel instead'],
  [/WRONGTYPE/, 'delete or rename the key that has the wrong type'],
  [/DB index/i, 'name a database that the server has'],
  [CERTIFICATE, 'name the authority with rediss://…?ca=FILE, or let NODE_EXTRA_CA_CERTS name it'],
];
