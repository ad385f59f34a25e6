import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

/** Enough for what Google says when it refuses. */
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * The body of a GET. The Google library's own download stream is not used: it does not notice when a connection ends in
 * the middle of a body, and to stop one download it closes the connections of all others.
 */
export async function openBody(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    send(url, { headers, signal }, resolve).on('error', reject).end();
  });
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw new RefusedBody(status, messageOf(await text(answer)));
}

class RefusedBody extends Error {
  override readonly name = 'RefusedBody';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Errors of media requests are plain text, or JSON as elsewhere. */
function messageOf(body: string): string {
  const short = body.slice(0, MAX_ERROR_BYTES);
  return /"message":\s*"([^"]+)"/.exec(short)?.[1] ?? short.trim();
}
