import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ndArray } from '../../src/processing/array/nd-array.js';
import { writeTiff } from '../../src/images/tiff/write.js';
import { jsonLines } from '../support/cli.js';
import { codeIn, pageText, ROOT, tableRows } from '../support/pages.js';
import { runCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SAMPLE = join(ROOT, 'plugins/image/samples/nuclei-sparse.tif');

/** How each row of the table is brought about: files, fields of the job, environment. */
const CASES: Readonly<Record<string, { file?: string; set?: string; env?: Record<string, string> }>> = {
  'a file that is no image': { file: 'text.tif' },
  'a file that is cut off': { file: 'cut.tif' },
  'a suffix that the consumer does not take': { file: 'many.zip' },
  'no object of this key': { set: 'input_file_name=uploads/none.tif' },
  'a key that leaves the bucket': { set: 'input_file_name=../../etc/passwd' },
  'a URL of another bucket': { set: 'input_file_name=s3://other/x.tif' },
  'more pixels than `KIOSK_MAX_PIXELS`, seen in the header': { env: { KIOSK_MAX_PIXELS: '100' } },
  'an unknown function': { set: 'postprocess_function=deep_watershd' },
  'an unknown parameter': { set: 'postprocess_options={"radios":3}' },
  'a function that does not fit the model': { set: 'postprocess_function=pixelwise' },
  'an unknown model': { set: 'model_name=NuclearX' },
  'a wrong number of channels': { file: 'rgb.tif' },
  'a channel that is not there': { set: 'channels=3' },
  'a scale out of bounds': { set: 'scale=40' },
  'NaN in the image': { file: 'nan.tif' },
};
const ROWS = tableRows(pageText('docs/failures.md'), 'what').filter(([, reason = '']) => /^`\w+Error: /u.test(reason));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const file = (name: string) => join(folder.path, name);
  const sample = await readFile(SAMPLE);
  await copyFile(SAMPLE, file('sample.tif'));
  await copyFile(SAMPLE, file('many.zip'));
  await writeFile(file('text.tif'), 'this is no image');
  await writeFile(file('cut.tif'), sample.subarray(0, 20_000));
  await writeTiff(file('rgb.tif'), ndArray(new Uint8Array(3 * 64 * 64), [64, 64, 3]), { axes: 'YXS' });
  await writeTiff(file('nan.tif'), ndArray(new Float32Array(64 * 64).fill(Number.NaN), [64, 64]));
});
afterAll(() => folder.remove());

test('every row of the table is tried', () => {
  expect(ROWS.map(([what]) => what)).toEqual(Object.keys(CASES));
});

test.each(ROWS.map(([what = '', reason = '']) => [what, codeIn(reason)[0]!] as const))(
  '%s fails with the words of docs/failures.md, as one line of the command',
  async (what, reason) => {
    const { file = 'sample.tif', set, env = {} } = CASES[what]!;
    const args = ['run', file, '--json', '--out', 'results', ...(set === undefined ? [] : ['--set', set])];
    const { code, stdout } = await runCli(args, { cwd: folder.path, env });
    const [outcome] = jsonLines<{ status: string; reason: string }>({ stdout });
    expect({ code, status: outcome!.status }).toEqual({ code: 1, status: 'failed' });
    expect(outcome!.reason.slice(0, reason.length)).toBe(reason);
  },
);
