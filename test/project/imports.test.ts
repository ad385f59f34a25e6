import { describe, expect, test } from '@jest/globals';
import { importsOf, packagesLoadedWith, sourceFiles, sourceText } from './import-graph.js';

/** Folders of `src` from the top down; an import may only point down, or to a folder of the same storey. */
const STOREYS: readonly (readonly string[])[] = [
  ['cli', 'testing'],
  ['config', 'plugin', 'worker'],
  ['consumer'],
  ['broker', 'storage', 'models', 'images'],
  ['compute'],
  ['processing'],
  ['errors'],
];

/** Packages of others, and the folders that may use them. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli'],
  winston: ['cli'],
  tinyglobby: ['cli'],
  'prom-client': ['worker'],
  // In the texts of the package that `plugins create` makes.
  'kiosk-consumer': ['cli'],
  cosmiconfig: ['config'],
  dotenv: ['config'],
  jiti: ['config', 'plugin'],
  ioredis: ['broker'],
  libsql: ['broker'],
  '@aws-sdk/client-s3': ['storage'],
  '@aws-sdk/lib-storage': ['storage'],
  '@aws-sdk/s3-request-presigner': ['storage'],
  '@google-cloud/storage': ['storage'],
  '@grpc/grpc-js': ['models'],
  '@grpc/proto-loader': ['models'],
  'onnxruntime-node': ['models'],
  'onnxruntime-web': ['models'],
  'onnxruntime-common': ['models'],
  sharp: ['images'],
  geotiff: ['images'],
  yazl: ['images'],
  yauzl: ['images'],
  zstddec: ['images'],
  zarrita: ['images'],
};

/** Run by people, never loaded by the runtime. */
const PROGRAMS = new Set(['plugins/image/demo.ts', 'plugins/image/samples/generate.ts']);

const ENTRY = 'src/index.ts';
const sources = sourceFiles('src');
const imports = sources.flatMap(importsOf);

function folderOf(file: string): string {
  return file.split('/')[1]!;
}

function storeyOf(file: string): number {
  return STOREYS.findIndex((folders) => folders.includes(folderOf(file)));
}

describe('imports', () => {
  test('stand in folders that have a storey', () => {
    expect(sources.filter((file) => file !== ENTRY && storeyOf(file) < 0)).toEqual([]);
    expect(imports.length).toBeGreaterThan(200);
  });

  test('point down, never up', () => {
    const upwards = imports.filter(
      ({ from, to, isOurs }) =>
        isOurs && from !== ENTRY && to.startsWith('src/') && to !== ENTRY && storeyOf(to) < storeyOf(from),
    );
    expect(upwards.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('of the public entry are made by nobody inside, but by the loader that hands it to config files', () => {
    expect(imports.filter(({ to }) => to === ENTRY).map(({ from }) => from)).toEqual(['src/config/load-module.ts']);
  });

  test('of the test kit are made by nobody inside', () => {
    expect(imports.filter(({ from, to }) => to.startsWith('src/testing/') && !from.startsWith('src/testing/'))).toEqual(
      [],
    );
  });

  test('of plugins are made by nobody but the list of those that are built in', () => {
    const found = imports.filter(({ to }) => to.startsWith('plugins/'));
    expect(found.length).toBeGreaterThan(0);
    expect([...new Set(found.map(({ from, kind }) => `${from} ${kind}`))]).toEqual(['src/plugin/built-in.ts lazy']);
  });

  test('of numeric code stay in numeric code, but for errors', () => {
    const outside = imports.filter(
      ({ from, to }) => from.startsWith('src/processing/') && !/^(src\/(processing|errors)\/|node:)/.test(to),
    );
    expect(outside.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('of packages of others are made only where they belong', () => {
    const misplaced = imports.filter(
      ({ from, to, isOurs }) => !isOurs && !to.startsWith('node:') && !MAY_USE[to]?.includes(folderOf(from)),
    );
    expect(misplaced.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('load nothing heavy before it is needed', () => {
    expect(packagesLoadedWith('src/cli/main.ts')).toEqual(['commander']);
    for (const file of [
      ENTRY,
      'src/cli/start.ts',
      'src/broker/open.ts',
      'src/storage/open.ts',
      'src/models/open.ts',
      'src/images/read.ts',
    ]) {
      expect([file, packagesLoadedWith(file).filter((name) => name !== 'commander')]).toEqual([file, []]);
    }
  });
});

describe('built-in plugins', () => {
  test('import the public entry and their own files, as a stranger would', () => {
    const reaching = sourceFiles('plugins')
      .flatMap(importsOf)
      .filter(({ from, to, isOurs }) => {
        if (isOurs) return !to.startsWith(`${from.split('/').slice(0, 2).join('/')}/`);
        return to !== 'kiosk-consumer' && !to.startsWith('node:');
      });
    expect(reaching.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });
});

describe('the environment, the arguments and the console', () => {
  test('are used by the command line and the settings alone', () => {
    const users = [...sources, ...sourceFiles('plugins')].filter(
      (file) =>
        !/^src\/(cli|config)\//.test(file) &&
        !PROGRAMS.has(file) &&
        /\bprocess\.(env|argv|stdout|stderr|stdin|exit)\b|\bconsole\./.test(sourceText(file)),
    );
    expect(users).toEqual([]);
  });
});
