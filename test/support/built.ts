import { createRequire } from 'node:module';

// `import()` would go through the loader that runs this TypeScript and measure its output; `require` takes the file as it is.
const requireNative = createRequire(import.meta.url);

/**
 * A module of the built program, exactly as it is published. Its type is that of its source:
 * `built('src/images/read.js') as typeof import('../../src/images/read.js')`.
 */
export function built(path: string): unknown {
  return requireNative(`../../dist/${path}`);
}

/** A JavaScript module of the tests themselves. @param path from `test/` */
export function helper(path: string): unknown {
  return requireNative(`../${path}`);
}
