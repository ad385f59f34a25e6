/**
 * The array buffers in a message that can be moved instead of copied: those of typed arrays that fill their buffer.
 * A view of a part (a small Buffer out of Node's pool, say) is left to be cloned, since moving would take the rest away.
 */
export function transferables(message: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  collect(message, found, 0);
  return [...found];
}

/** Results are shallow records of arrays; anything deeper is cloned, which is slower but right. */
const DEPTH = 6;

function collect(value: unknown, found: Set<ArrayBuffer>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > DEPTH) return;
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) found.add(value.buffer);
    return;
  }
  for (const part of Array.isArray(value) ? value : Object.values(value)) collect(part, found, depth + 1);
}
