/**
 * Makes `docs/benchmarks.md` from `results/*.json`. `npm run bench` does so at its end; `npx jiti
 * test/bench/generate-page.ts --write` does it alone.
 */
import { writeFile } from 'node:fs/promises';
import type { Row } from './contract.js';
import { renderMarkdown } from './support/render.js';
import { readResults, type BenchResult } from './support/results.js';

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url);

const HEAD = `# Benchmarks

<!-- Generated from test/bench/results by test/bench/generate-page.ts; run \`npm run bench\`. -->

Measured by \`npm run bench\`; \`npm run bench -- NAME…\` runs some of them. Figures are medians with the least and the greatest.
Where there is a peer it is measured in the same run, in turn with ours. *Cost ÷ peer* is our time divided by the peer's,
round by round: below 1 is faster than the peer. Times differ from machine to machine and from hour to hour, these ratios
much less. A benchmark checks what it computes: if that is wrong it fails and gives no figure.
`;

/** The whole page. */
export function benchmarksPage(results: readonly BenchResult[]): string {
  return [HEAD, ...results.map(sectionOf)].join('\n');
}

export async function writePage(): Promise<void> {
  await writeFile(PAGE, benchmarksPage(await readResults()));
}

function sectionOf({ name, summary, date, machine, rows }: BenchResult): string {
  const { cpu, cores, memoryGiB, platform, node } = machine;
  const where = `${date}, ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}`;
  return `## ${name}\n\n${summary}\n\n${renderMarkdown(rows)}\n${notesOf(rows)}\n${where}\n`;
}

/** Rows that need words, each note once. */
function notesOf(rows: readonly Row[]): string {
  const notes = new Map<string, string[]>();
  for (const { name, note } of rows) if (note) notes.set(note, [...(notes.get(note) ?? []), name]);
  return [...notes].map(([note, names]) => `\n- ${names.join(', ')}: ${note}`).join('') + (notes.size > 0 ? '\n' : '');
}

if (process.argv.includes('--write')) await writePage();
