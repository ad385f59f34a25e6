import { isAbsolute, resolve } from 'node:path';

/** Schemes whose address is a path: the rest of the URL, unless it begins with `//`. */
const PATH_SCHEME = /^(sqlite|file|onnx):(?!\/\/)(.+)$/is;
/** No paths: a database in memory, and the models that come with the package. */
const NAMED_PLACES = /^(sqlite::.*|onnx:bundled)$/i;

/** A relative path in `sqlite:`, `file:` or `onnx:` taken from `baseFolder`; anything else as it is. */
export function resolvePath(url: string, baseFolder: string): string {
  const [, scheme, path] = PATH_SCHEME.exec(url) ?? [];
  if (scheme === undefined || path === undefined || NAMED_PLACES.test(url) || isAbsolute(path)) return url;
  return `${scheme}:${resolve(baseFolder, path)}`;
}
