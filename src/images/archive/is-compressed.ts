import { open } from 'node:fs/promises';
import { KioskError } from '../../errors/kiosk-error.js';
import { ByteSource } from '../tiff/byte-source.js';
import { readDirectories, readFormat, readNumbers } from '../tiff/read-directory.js';
import { COMPRESSION, TAG } from '../tiff/tags.js';

const COMPRESSED_FORMATS = ['\x89PNG', '\xff\xd8\xff', 'PK\x03\x04', '\x1f\x8b'];

/** Whether deflating a file again gains nothing worth its time: PNG, JPEG, ZIP, gzip, and TIFFs with a compression. */
export async function isCompressed(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const head = buffer.toString('latin1', 0, bytesRead);
    if (COMPRESSED_FORMATS.some((start) => head.startsWith(start))) return true;
    return (head.startsWith('II') || head.startsWith('MM')) && isCompressedTiff(file);
  } finally {
    await handle.close();
  }
}

function isCompressedTiff(file: string): boolean {
  const source = new ByteSource(file);
  try {
    const tiff = { source, format: readFormat(source) };
    const compression = readNumbers(tiff, readDirectories(tiff)[0]!, TAG.compression)?.[0];
    return compression !== undefined && compression !== COMPRESSION.none;
  } catch (error) {
    // What merely begins like a TIFF is packed like any other file.
    if (error instanceof KioskError) return false;
    throw error;
  } finally {
    source.close();
  }
}
