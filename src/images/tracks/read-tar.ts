import { basename } from 'node:path';
import { decodeTarHeader, TAR_BLOCK, type TarHeader } from './tar-header.js';
import { tooLargeTracks, unreadableTracks } from './track-file-error.js';

export interface ReadTarOptions {
  /** Most bytes of the member of this name; 0 for one that is not wanted. */
  readonly maxBytes: (name: string) => number;
}

/** Names and sizes too long for a header stand in a member before; more than this is no name. */
const MAX_EXTENSION_BYTES = 64 * 1024;
const MAX_MEMBERS = 1000;
/** Unpacking costs time even where nothing is kept: a small file may hold any number of zeros. */
const MAX_PASSED_OVER_BYTES = 2 ** 30;

/**
 * Reads the wanted files of a tar archive, front to back, passing over all else (folders, links, other names). Names are
 * only compared, never used as paths. Understands ustar, GNU's and POSIX's long names and sizes.
 *
 * @param file for messages
 * @param source bytes of the archive, uncompressed
 * @throws {KioskError} KC_IMAGE_UNREADABLE if it is damaged, ends early or names a wanted member twice;
 *   KC_IMAGE_TOO_LARGE from a member's header, before memory is taken
 */
export async function readTar(
  file: string,
  source: AsyncIterable<Uint8Array>,
  { maxBytes }: ReadTarOptions,
): Promise<Map<string, Uint8Array>> {
  const name = basename(file);
  const reader = new BlockReader(name, source);
  const found = new Map<string, Uint8Array>();
  let extension: Partial<TarHeader> = {};
  let passedOver = 0;
  for (let count = 0; ; count++) {
    const block = await reader.block();
    if (!block || block.every((byte) => byte === 0)) return found;
    const header = decodeTarHeader(block);
    if (!header) throw unreadableTracks(name, count === 0 ? 'is no tar archive' : 'has a header that makes no sense');
    if (count === MAX_MEMBERS) throw unreadableTracks(name, `has more than ${MAX_MEMBERS} members`);
    if (header.type === 'x' || header.type === 'L') {
      if (header.size > MAX_EXTENSION_BYTES) throw unreadableTracks(name, `has a header of ${header.size} bytes`);
      Object.assign(extension, parseExtension(header.type, await reader.body(header.size)));
      continue;
    }
    const member = { ...header, ...extension };
    extension = {};
    const plain = member.name.replace(/^(?:\.\/)+/u, '');
    const most = member.type === '0' ? maxBytes(plain) : 0;
    if (most === 0) {
      passedOver += member.size;
      if (passedOver > MAX_PASSED_OVER_BYTES) {
        throw tooLargeTracks(name, `holds more than ${MAX_PASSED_OVER_BYTES} bytes that are no part of it`);
      }
      await reader.skip(member.size);
      continue;
    }
    if (found.has(plain)) throw unreadableTracks(name, `holds ${plain} twice`);
    if (member.size > most) {
      throw tooLargeTracks(name, `${plain} has ${member.size} bytes; the limit is ${most}`);
    }
    found.set(plain, await reader.body(member.size));
  }
}

/** GNU: a name. POSIX: records `length key=value`, of which path and size matter here. */
function parseExtension(type: string, body: Buffer): Partial<TarHeader> {
  if (type === 'L') return { name: body.toString('utf8').split('\0')[0]! };
  const found: { name?: string; size?: number } = {};
  for (const record of body.toString('utf8').split('\n')) {
    const { key, value } = /^\d+ (?<key>[^=]+)=(?<value>.*)$/su.exec(record)?.groups ?? {};
    if (key === 'path') found.name = value!;
    if (key === 'size' && /^\d{1,15}$/u.test(value!)) found.size = Number(value);
  }
  return found;
}

/** Takes a stream of chunks apart into headers and bodies. */
class BlockReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly name: string,
    source: AsyncIterable<Uint8Array>,
  ) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** The next header; undefined at the end of the archive, where some programs leave out the empty blocks. */
  async block(): Promise<Buffer | undefined> {
    if (this.rest.length === 0 && !(await this.more())) return undefined;
    const block = Buffer.alloc(TAR_BLOCK);
    await this.read(TAR_BLOCK, (part, at) => block.set(part, at));
    return block;
  }

  /** The next `size` bytes, in memory of their own, and the filling after them. */
  async body(size: number): Promise<Buffer> {
    const body = Buffer.allocUnsafeSlow(size);
    await this.read(size, (part, at) => body.set(part, at));
    await this.read(fillingOf(size));
    return body;
  }

  async skip(size: number): Promise<void> {
    await this.read(size + fillingOf(size));
  }

  private async read(size: number, use?: (part: Uint8Array, at: number) => void): Promise<void> {
    for (let at = 0; at < size;) {
      if (this.rest.length === 0 && !(await this.more())) {
        throw unreadableTracks(this.name, `ends early: ${size - at} bytes are missing`);
      }
      const part = this.rest.subarray(0, size - at);
      use?.(part, at);
      this.rest = this.rest.subarray(part.length);
      at += part.length;
    }
  }

  private async more(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.chunks.next();
      if (done) return false;
      this.rest = value;
      if (this.rest.length > 0) return true;
    }
  }
}

function fillingOf(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}
