/** Longest name that common file systems take for one part of a path, in bytes. */
const MAX_PART_BYTES = 255;

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

/** Cuts the stem, never the suffix. */
function shortened(part: string): string {
  if (Buffer.byteLength(part) <= MAX_PART_BYTES) return part;
  const dot = part.lastIndexOf('.');
  const suffix = dot > 0 && part.length - dot <= 40 ? part.slice(dot) : '';
  let stem = part.slice(0, part.length - suffix.length);
  while (Buffer.byteLength(stem) + Buffer.byteLength(suffix) > MAX_PART_BYTES) stem = stem.replace(/.$/su, '');
  return stem + suffix;
}
