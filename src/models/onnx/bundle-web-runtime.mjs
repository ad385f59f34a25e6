/**
 * Build step: puts the three files of onnxruntime-web that Node needs beside the compiled driver, so that embedded
 * inference works wherever the package is installed, without the 140 MB of the whole of onnxruntime-web.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FILES = ['ort.node.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];

const source = path.dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')));
const target = fileURLToPath(new URL('../../../dist/src/models/onnx/web/', import.meta.url));

await mkdir(target, { recursive: true });
for (const file of FILES) await copyFile(path.join(source, file), path.join(target, file));
