/** The `code` of an error of Node or of a library: `ECONNREFUSED`, `SQLITE_BUSY`; empty if it has none. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** What an error says. Errors of Node's own modules are not `instanceof Error` in every realm, so this asks the shape. */
export function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' && message !== '' ? message : codeOf(error) || String(error);
}
