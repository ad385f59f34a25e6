/** Parameters of a URL whose values are secrets. */
const SECRET_PARAMETER = /([?&][^=&#]*(?:password|secret|token)[^=&#]*=)[^&#]*/gi;

/**
 * The address with its password and secret parameters replaced by `***`, for messages. Works on text that is no
 * valid URL too: everything between the scheme and the last `@` counts as credentials.
 */
export function maskAddress(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)(.*)@/i, (_, scheme: string, credentials: string) => {
      const user = credentials.split(':', 1)[0] ?? '';
      return credentials.includes(':') ? `${scheme}${user}:***@` : `${scheme}${user}@`;
    })
    .replace(SECRET_PARAMETER, '$1***');
}
