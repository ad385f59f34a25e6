import { createRequire } from 'node:module';

// `import()` would go through the loader that runs this TypeScript and measure its output; `require` takes the file as it is.
const requireNative = createRequire(import.meta.url);

/**
 * A module of the built program, exactly as it is published. Its type is that of its source:
 * `built<typeof import('../../../src/images/read.js')>('src/images/read.js')`.
 */
export function built<Module>(path: string): Module {
  return requireNative(`../../../dist/${path}`) as Module;
}

/** A JavaScript module of the tests themselves. @param path from `test/` */
export function helper<Module>(path: string): Module {
  return requireNative(`../../${path}`) as Module;
}
