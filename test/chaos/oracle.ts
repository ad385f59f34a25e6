import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUEUE, type Kiosk } from './kiosk.js';
import type { Row, Scenario } from './contract.js';

/** What was found wrong; the numbers of the table. */
export type Verdict = Pick<Row, 'lost' | 'stuck' | 'publishedTwice' | 'wrongEnd' | 'leftOver' | 'remarks'>;

/** Records that may stay: ends of claims, kept for a while on purpose; when was swept; the list of jobs set aside. */
const MAY_STAY = /^kiosk:(ended:|sweep:|seen:|dead$)/;

interface StoredObject {
  readonly key: string;
  /** Names inside the archive; undefined if it is not a whole one. */
  readonly entries: readonly string[] | undefined;
}

/**
 * Recounts, with nothing of the program: every hash, every list, every record, every object and every temporary file.
 * Archives are opened by Python's zipfile, which checks the sum of every entry.
 */
export async function recount(kiosk: Kiosk, keys: readonly string[], scenario: Scenario): Promise<Verdict> {
  const count = { lost: 0, stuck: 0, publishedTwice: 0, wrongEnd: 0, leftOver: 0 };
  const remarks: string[] = [];
  const found = (what: keyof typeof count, remark: string): void => {
    count[what]++;
    remarks.push(`${what}: ${remark}`);
  };
  const objects = await readObjects(kiosk);
  const byJob = new Map<string, string[]>();
  for (const { key, entries } of objects) {
    const job = entries?.[0]?.replace(/_feature_0\..*$/, '');
    if (job === undefined) found('leftOver', `${key} is not a whole archive with an entry`);
    else byJob.set(job, [...(byJob.get(job) ?? []), key]);
  }
  for (const key of keys) {
    const fields = await kiosk.client.hgetall(key);
    const job = /:job-(\d+)\./.exec(key)![1]!;
    const results = byJob.get(`job-${job}`) ?? [];
    if (fields['status'] === undefined) found('lost', `${key} is gone`);
    else if (fields['status'] !== 'done' && fields['status'] !== 'failed')
      found('stuck', `${key} is ${fields['status']}`);
    else if (fields['status'] === 'failed') {
      if (scenario.mayFail?.(`job-${job}`) !== true) found('wrongEnd', `${key}: ${lastLine(fields['reason'] ?? '')}`);
      if (!/\n?\w+: .+$/.test(fields['reason'] ?? '')) found('wrongEnd', `${key} failed without a reason`);
    } else if (scenario.mayFail?.(`job-${job}`) === true) found('wrongEnd', `${key} is done and should have failed`);
    else if (!results.includes(fields['output_file_name'] ?? '')) found('lost', `${key} is done without its result`);
    if (results.length > 1) found('publishedTwice', `${key}: ${results.join(' ')}`);
    for (const object of results) {
      if (object !== fields['output_file_name']) found('leftOver', `${object} belongs to nobody`);
    }
  }
  await lookAtBroker(kiosk, found);
  for (const file of await filesBelow(join(kiosk.options.folder, 'tmp'))) found('leftOver', `temporary file ${file}`);
  return { ...count, remarks };
}

async function lookAtBroker(
  { client }: Kiosk,
  found: (what: 'stuck' | 'leftOver', remark: string) => void,
): Promise<void> {
  for (const list of [QUEUE, ...(await client.keys('processing-*'))]) {
    for (const entry of await client.lrange(list, 0, -1)) found('stuck', `${entry} stands in ${list}`);
  }
  const aside = new Set((await client.zrange('kiosk:dead', '0', '-1')).map((key) => `kiosk:job:${key}`));
  for (const key of await client.keys('kiosk:*')) {
    if (!MAY_STAY.test(key) && !aside.has(key)) found('leftOver', `record ${key}`);
  }
}

async function readObjects(kiosk: Kiosk): Promise<StoredObject[]> {
  const folder = kiosk.s3 ? await fetchObjects(kiosk) : kiosk.bucketFolder;
  const keys = (await filesBelow(join(folder, 'output'))).map((file) => `output/${file}`);
  if (keys.length === 0) return [];
  const script = fileURLToPath(new URL('./read-archives.py', import.meta.url));
  const read = spawnSync('python3', [script, folder], { input: JSON.stringify(keys), maxBuffer: 2 ** 28 });
  if (read.status !== 0) throw new TypeError(`the archives could not be read: ${String(read.stderr)}`);
  const entries = JSON.parse(String(read.stdout)) as (string[] | null)[];
  return keys.map((key, index) => ({ key, entries: entries[index] ?? undefined }));
}

const HEX_DIGITS = '0123456789abcdef';

/**
 * Copies what the server holds under `output/` into a folder. Names begin with a random hex digit; the server fails when more
 * than a thousand are asked for at once, so each digit is asked for by itself.
 */
async function fetchObjects({ s3, options }: Kiosk): Promise<string> {
  const folder = join(options.folder, 'fetched');
  await mkdir(join(folder, 'output'), { recursive: true });
  const base = `${s3!.endpoint}/${s3!.bucket}`;
  for (const digit of HEX_DIGITS) {
    const page = (await fetched(`${base}?list-type=2&prefix=output/${digit}`)).toString();
    if (page.includes('<IsTruncated>true')) throw new TypeError('the list of the bucket was cut short');
    for (const [, key] of page.matchAll(/<Key>([^<]*)<\/Key>/g)) {
      await writeFile(join(folder, key!), await fetched(`${base}/${key}`));
    }
  }
  return folder;
}

/** @throws {TypeError} if the server does not give it: nothing may be taken for absent that was not shown */
async function fetched(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new TypeError(`${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function lastLine(reason: string): string {
  return reason.trim().split('\n').at(-1)!;
}
