import type { PluginNames } from './package-name.js';

/** What stands around the code of a new plugin. @param version of the program that makes it */
export function packageFiles(names: PluginNames, version: string, year: number): Record<string, string> {
  return {
    'package.json': manifest(names, version),
    'tsconfig.json': TSCONFIG,
    'kiosk-consumer.config.js': config(names),
    Dockerfile: dockerfile(names, version),
    '.gitignore': 'node_modules/\ndist/\nresults/\n.kiosk/\n*.tgz\n',
    LICENSE: licence(names, year),
    'README.md': readme(names),
  };
}

function manifest({ packageName, type }: PluginNames, version: string): string {
  const content = {
    name: packageName,
    version: '0.1.0',
    description: `Job type "${type}" for kiosk-consumer`,
    keywords: ['kiosk-consumer-plugin'],
    license: 'MIT',
    type: 'module',
    engines: { node: '>=20.19' },
    exports: { '.': { types: './dist/src/index.d.ts', default: './dist/src/index.js' } },
    files: ['dist/src'],
    scripts: {
      build: 'tsc',
      test: `npm run build && node --test dist/test/${type}.test.js`,
      prepack: 'npm run build',
      try: 'npm run build && kiosk-consumer run --out results --type ' + type,
    },
    peerDependencies: { 'kiosk-consumer': `^${version}` },
    devDependencies: { '@types/node': '^20.19.0', 'kiosk-consumer': `^${version}`, typescript: '>=5.8' },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

const TSCONFIG = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      types: ['node'],
      rootDir: '.',
      outDir: 'dist',
      declaration: true,
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
    },
    include: ['src', 'test'],
  },
  undefined,
  2,
)}\n`;

function config({ type }: PluginNames): string {
  return `import { defineConfig } from 'kiosk-consumer';

/** To try the plugin here: npm run try -- image.tif */
export default defineConfig({
  broker: 'sqlite:.kiosk/jobs.db',
  storage: 'file:.kiosk/bucket',
  models: 'onnx:bundled',
  plugins: ['./dist/src/index.js'],
  consumers: { '${type}': { threshold: 0.5 } },
});
`;
}

/** For a cluster: the layout that npm makes, in the working directory of the program's own image. */
function dockerfile({ packageName }: PluginNames, version: string): string {
  return `# npm run build && docker build --tag registry.example.org/${packageName.replace('@', '')}:0.1.0 .
# BASE is the image that the Dockerfile of kiosk-consumer makes. Further dependencies of the plugin: add "RUN npm install" for them.
ARG BASE=registry.example.org/kiosk-consumer:${version}
FROM \${BASE}
COPY --chown=node package.json /work/node_modules/${packageName}/package.json
COPY --chown=node dist/src /work/node_modules/${packageName}/dist/src
RUN ln -s /opt/kiosk-consumer /work/node_modules/kiosk-consumer \\
  && echo '{ "plugins": ["${packageName}"] }' > /work/kiosk-consumer.config.json
`;
}

function readme({ packageName, type }: PluginNames): string {
  return `# ${packageName}

Job type \`${type}\` for [kiosk-consumer](https://www.npmjs.com/package/kiosk-consumer): labels of bright objects.

## Use it

\`\`\`sh
npm install ${packageName}
\`\`\`

Name it in \`kiosk-consumer.config.js\`: \`plugins: ['${packageName}']\`. Then \`kiosk-consumer run image.tif --type ${type}\` does a
job at once, and \`kiosk-consumer consume --type ${type}\` works on the queue \`${type}\`. Options: \`kiosk-consumer plugins list\`.

## Change it

| command | does |
| --- | --- |
| \`npm install\` | fetches what it takes |
| \`npm test\` | builds and tests |
| \`npm run try -- image.tif\` | does a job; see \`results/\` |
| \`kiosk-consumer plugins deploy ${type}\` | prints what a Kiosk cluster needs to run it |
| \`npm publish\` | publishes it |
`;
}

function licence({ packageName }: PluginNames, year: number): string {
  return `MIT License

Copyright (c) ${year} the authors of ${packageName}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;
}
