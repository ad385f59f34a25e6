import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of models inside this package, for the address `onnx:bundled`, and the one model in it. */
export const BUNDLED_MODEL = 'nuclear-demo:1';

/** The package's root is two or three folders up: sources stand in `src`, compiled in `dist/src`. */
export function bundledModelsFolder(): string {
  const candidates = ['../../plugins/image/models/', '../../../plugins/image/models/'];
  const folders = candidates.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return folders.find((folder) => existsSync(folder)) ?? folders[0]!;
}
