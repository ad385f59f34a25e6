import { settingRows } from '../../config/print.js';
import type { CommandContext } from '../command-context.js';

/** Shows every setting with its value and where that came from; secrets are masked. */
export async function configPrint(context: CommandContext): Promise<number> {
  const { output } = context;
  const resolved = await context.settings();
  const rows = settingRows(resolved);
  const { configFile, baseFolder } = resolved.settings;
  if (context.json) {
    output.json({ configFile: configFile ?? null, baseFolder, settings: rows });
    return 0;
  }
  output.line(`config file  ${configFile ?? 'none'}`);
  output.line();
  const { dim } = output.style;
  output.table(
    [
      { title: 'setting', value: ({ key }) => key },
      { title: 'value', value: ({ value }) => (value === null ? '-' : String(value)) },
      {
        title: 'from',
        value: ({ origin }) => origin,
        paint: (cell, { origin }) => (origin === 'default' ? dim(cell) : cell),
      },
    ],
    rows,
  );
  return 0;
}
