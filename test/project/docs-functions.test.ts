import { describe, expect, test } from '@jest/globals';
import { listFunctions, type ParameterValue } from '../../src/processing/functions.js';
import { codeIn, pageText, tableRows } from '../support/pages.js';

const PAGE = pageText('docs/image.md');

describe.each([
  ['preprocess', 'before the model'],
  ['postprocess', 'after the model'],
] as const)('the table of %s functions in docs/image.md', (kind, header) => {
  const entries = listFunctions(kind);
  const rows = tableRows(PAGE, header).map(([names = '', parameters = '']) => ({ names: codeIn(names), parameters }));

  test('names every function, version and alias, and no other', () => {
    const there = entries.flatMap(({ id, aliases }) => [id, ...aliases]);
    const told = rows.flatMap(({ names }) => names);
    expect([...new Set(told)].toSorted()).toEqual([...new Set(there)].toSorted());
  });

  test('tells parameters that there are, with their defaults', () => {
    for (const { names, parameters } of rows) {
      const entry = entries.find(({ id }) => id === names[0])!;
      for (const [, name, told] of parameters.matchAll(/`(\w+)` \(([^;)]*)/gu)) {
        const preset = entry.parameters.find((parameter) => parameter.name === name)?.default;
        if (preset !== null) expect([names[0], name, plain(told!)]).toEqual([names[0], name, plain(shown(preset))]);
      }
    }
  });

  test('tells all parameters of a function, unless it refers to another row', () => {
    for (const { names, parameters } of rows) {
      if (/\bas `|the last/u.test(parameters)) continue;
      const entry = entries.find(({ id }) => id === names[0])!;
      const missing = entry.parameters.filter(({ name }) => !codeIn(parameters).includes(name));
      expect([names[0], missing.map(({ name }) => name)]).toEqual([names[0], []]);
    }
  });
});

function shown(preset: ParameterValue | undefined): string {
  if (Array.isArray(preset)) return preset.join(',');
  return typeof preset === 'object' ? JSON.stringify(preset) : String(preset);
}

/** Without unit and backticks; numbers in one way of writing. */
function plain(text: string): string {
  const value = text.replaceAll('`', '').replace(/ px$/u, '').trim();
  return Number.isNaN(Number(value)) ? value : String(Number(value));
}
