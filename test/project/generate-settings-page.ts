/**
 * Makes `docs/settings.md` from the table of settings: `npx jiti test/project/generate-settings-page.ts --write`.
 * Without `--write` it writes nothing; `settings-page.test.ts` holds the page to the table.
 */
import { writeFileSync } from 'node:fs';
import { acceptedBy } from '../../src/config/parse-value.js';
import { IGNORED_VARIABLES, PORT_PARTS, SETTINGS } from '../../src/config/schema.js';
import type { Setting } from '../../src/config/setting.js';

export const SETTINGS_PAGE = new URL('../../docs/settings.md', import.meta.url);

/** Headings with the settings under them, by the first part of the key. */
const SECTIONS: readonly (readonly [title: string, intro: string, takes: (setting: Setting) => boolean])[] = [
  [
    'The work',
    'What is worked on, and by whom.',
    ({ key }) => ['type', 'queue', 'concurrency', 'hostname', 'EXPIRE_TIME', 'SEGMENTATION_QUEUE'].includes(key),
  ],
  [
    'Broker',
    '`broker` may be the URL alone, or an object: `{ url, timeoutSeconds, … }`.',
    ({ key }) => key.startsWith('broker'),
  ],
  [
    'Storage',
    '`storage` may be the URL alone, or an object: `{ url, publicRead, … }`. Credentials come from the environment only.',
    ({ key }) => key.startsWith('storage') || key.startsWith('AWS_'),
  ],
  [
    'Models',
    '`models` may be the URL alone, or an object: `{ url, timeoutSeconds, … }`.',
    ({ key }) => key.startsWith('models'),
  ],
  ['Which model for what', '', ({ key }) => key.startsWith('modelSettings.')],
  ['Limits', 'Sizes, times and numbers within which jobs are done.', ({ key }) => key.startsWith('limits.')],
  ['Logging', '', ({ key }) => key.startsWith('logging.') || key === 'DEBUG'],
  ['Health', 'Probes and metrics of a worker.', ({ key }) => key.startsWith('health.')],
];

const HEAD = `# Settings

<!-- Generated from src/config/schema by test/project/generate-settings-page.ts; change it there. -->

A setting can be given in five places. The first that has it wins:

1. a flag, \`--broker URL\`
2. an environment variable, \`BROKER_URL\`
3. the same variable in \`.env\`, beside the config file, else in the working directory
4. the config file: \`kiosk-consumer.config.ts\` (also \`.mts .js .mjs .cjs .json .yaml .yml\`, or the key \`kiosk-consumer\` of
   \`package.json\`), looked for from the working directory upwards, or named by \`--config\`
5. the default

\`kiosk-consumer config print\` shows every value in force and where it came from. A value that is not understood stops the
program; all faults are told together. An empty variable counts as not set (for yes-or-no settings: as no). Times are in
seconds, fractions allowed. Relative paths in \`sqlite:\`, \`file:\` and \`onnx:\` are taken from the folder of the config file,
else from the working directory.

Where a variable's name is one of the DeepCell Kiosk's, it means what it meant there.

\`\`\`ts
import { defineConfig } from 'kiosk-consumer';

export default defineConfig({
  broker: 'redis://redis:6379',
  storage: { url: 's3://images?region=eu-central-1', publicRead: true },
  models: { url: 'grpc://tf-serving:8500', maxBatchSize: 32 },
  limits: { maxImageWidth: 4096, maxImageHeight: 4096 },
  plugins: ['kiosk-consumer-plugin-spots', './my-plugin.ts'],
  consumers: { image: { nucleusDiameterPx: 30 } },
});
\`\`\`

\`plugins\` lists npm packages, paths relative to the config file (TypeScript too), and plugins themselves. \`consumers\` holds
the options of each job type; \`kiosk-consumer plugins list\` shows which there are.
`;

/** The whole page. */
export function settingsPage(): string {
  const sections = SECTIONS.map(([title, intro, takes]) => section(title, intro, SETTINGS.filter(takes)));
  const parts = [...PORT_PARTS.broker, ...PORT_PARTS.storage, ...PORT_PARTS.models];
  const ignored = Object.entries(IGNORED_VARIABLES).map(([name, reason]) => `| \`${name}\` | ${reason} |`);
  return [
    HEAD,
    ...sections,
    section(
      "The Kiosk's own names of the three addresses",
      'Used where `broker`, `storage` or `models` is not set in a stronger place. Beside `BROKER_URL`, `STORAGE_BUCKET` and `MODEL_SERVER` they give way, with a warning if they say something else.',
      parts,
    ),
    `## Variables without effect\n\nThe Kiosk or an older consumer set these; here they cause a warning.\n\n| variable | why |\n| --- | --- |\n${ignored.join('\n')}\n`,
  ].join('\n');
}

function section(title: string, intro: string, settings: readonly Setting[]): string {
  const head = '| setting | flag | variable | unit | default | meaning |\n| --- | --- | --- | --- | --- | --- |';
  return [`## ${title}`, '', ...(intro === '' ? [] : [intro, '']), head, ...settings.map(row), ''].join('\n');
}

function row(setting: Setting): string {
  const { key, inFile, flag, env, unit, summary } = setting;
  const cells = [
    inFile === false ? '' : code(key),
    flag === undefined ? '' : code(flag),
    env.map(code).join(', '),
    unit ?? '',
    defaultOf(setting),
    setting.type === 'choice' ? `${summary} Accepts ${acceptedBy(setting)}.` : summary,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll(/ {2,}/g, ' ');
}

function defaultOf(setting: Setting): string {
  if (setting.defaultText !== undefined) return setting.defaultText;
  if (setting.default === undefined) return 'none';
  const others = Object.entries(setting.defaultFor ?? {}).map(
    ([type, value]) => `; for \`${type}\`: ${code(String(value))}`,
  );
  return code(String(setting.default)) + others.join('');
}

function code(text: string): string {
  return `\`${text}\``;
}

if (process.argv.includes('--write')) writeFileSync(SETTINGS_PAGE, settingsPage());
