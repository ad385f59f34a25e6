/** Longest name that common file systems take for one part of a path, in bytes. */
const MAX_PART_BYTES = 255;

/** The end of a name, which holds its numbers and suffix, is never cut. */
const KEPT_END = /.{0,40}$/su;

/**
 * A name that may stand in an archive: relative, with `/` between its parts, none of them `.`, `..` or empty, no
 * backslash, drive letter or control character. Directories and letters of any script are kept.
 */
export function safeEntryName(name: string): string {
  const parts = name
    .replaceAll('\\', '/')
    .replaceAll(/\p{Cc}/gu, '')
    .replace(/^[A-Za-z]:(?=\/|$)/u, '')
    .split('/')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !/^\.+$/u.test(part))
    .map(shortened);
  const first = parts[0];
  // `C:name` is relative to a drive's own folder on Windows.
  if (first !== undefined) parts[0] = first.replace(/^([A-Za-z]):/u, '$1_');
  return parts.length > 0 && parts[0] !== '' ? parts.join('/') : 'unnamed';
}

/** Cuts a part that is too long in front of its end. */
function shortened(part: string): string {
  const end = KEPT_END.exec(part)?.[0] ?? '';
  let start = part.slice(0, part.length - end.length);
  while (start !== '' && Buffer.byteLength(start) + Buffer.byteLength(end) > MAX_PART_BYTES) {
    start = start.replace(/.$/su, '');
  }
  return start + end;
}
