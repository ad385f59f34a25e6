/** What stands in the place of a secret. */
export const MASK = '***';

/** `scheme://user:password@`, also inside a longer text; a password may hold any character but blanks and quotes. */
const CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)([^\s"'/:@]*):([^\s"']*)@/gi;
/** Parameters of a URL whose values are secrets. */
const SECRET_PARAMETER = /([?&][^=&#\s]*(?:password|passwd|secret|token|signature|credential)[^=&#\s]*=)[^&#\s"']*/gi;
/** Shorter ones would blacken ordinary words; they are still masked inside URLs. */
const MIN_SECRET_LENGTH = 4;

/** Masks passwords and secret parameters of all URLs in a text: `redis://:secret@host` becomes `redis://:***@host`. */
export function maskUrls(text: string): string {
  return text.replace(CREDENTIALS, `$1$2:${MASK}@`).replace(SECRET_PARAMETER, `$1${MASK}`);
}

/** The password in a URL as it stands there and decoded, to be masked wherever else it turns up. */
export function secretsOfUrl(url: string): string[] {
  const secrets: string[] = [];
  for (const [, , , password] of url.matchAll(CREDENTIALS)) {
    if (password) secrets.push(password, decoded(password));
  }
  return secrets;
}

/** Masks secrets on every way out: URLs in the text, and each of `secrets` wherever it stands. */
export function createMask(secrets: Iterable<string>): (text: string) => string {
  // The longest first: a secret that begins with another one must not leave its tail.
  const known = [...new Set(secrets)].filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  known.sort((a, b) => b.length - a.length);
  return (text) => known.reduce((masked, secret) => masked.replaceAll(secret, MASK), maskUrls(text));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
