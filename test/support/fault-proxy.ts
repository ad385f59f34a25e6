import { createServer, request as forward } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

/**
 * What goes wrong with one request.
 *
 * - `status` it is answered so, and never reaches the server
 * - `reset` the connection ends before any answer, `silence` it stays open without one
 * - `cut-request` its own connection is reset after `after` bytes of its body
 * - `cut` the body's connection ends after `after` bytes, `shorten` the body ends there as if that were all of it
 * - `stall` nothing comes after `after` bytes, `drip` a byte each 100 ms from there on
 * - `corrupt` the byte at `after` is another one
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly body: string }
  | { readonly kind: 'reset' | 'silence' }
  | { readonly kind: 'cut-request'; readonly after: number }
  | { readonly kind: 'cut' | 'shorten' | 'stall' | 'drip' | 'corrupt'; readonly after: number };

export interface FaultProxy {
  readonly endpoint: string;
  /** Requests seen so far that `inject`'s filter took, faulty or not. */
  count(): number;
  /** The next requests that `filter` takes fail so, one after the other; later ones pass. */
  inject(faults: readonly Fault[], filter?: (request: IncomingMessage) => boolean): void;
  /** From now on `choose` says of each request what goes wrong with it. */
  spoil(choose: (request: IncomingMessage) => Fault | undefined): void;
  close(): Promise<void>;
}

/** Stands before a server on localhost and spoils what it is told to. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let pending: Fault[] = [];
  let takes: (request: IncomingMessage) => boolean = everyRequest;
  let choose = (_request: IncomingMessage): Fault | undefined => pending.shift();
  let seen = 0;
  const server = createServer((request, response) => {
    const fault = takes(request) ? choose(request) : undefined;
    if (takes(request)) seen++;
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'reset') request.socket.destroy();
    else if (fault?.kind === 'status') answer(request, response, fault.status, fault.body);
    else if (fault?.kind === 'cut-request') {
      cutRequest(request, fault.after);
      pass(target, request, response, undefined);
    } else pass(target, request, response, fault as BodyFault | undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => seen,
    inject: (faults, filter = everyRequest) => {
      [pending, takes, seen] = [[...faults], filter, 0];
    },
    spoil: (chooser) => {
      [choose, takes] = [chooser, everyRequest];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const everyRequest = (): boolean => true;

type BodyFault = Exclude<Extract<Fault, { after: number }>, { kind: 'cut-request' }>;

function cutRequest(request: IncomingMessage, after: number): void {
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > after) request.socket.resetAndDestroy();
  });
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, body: string): void {
  request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/xml' }).end(body));
}

function pass(target: string, request: IncomingMessage, response: ServerResponse, fault: BodyFault | undefined): void {
  const options = { method: request.method, headers: request.headers };
  const onward = forward(new URL(request.url ?? '/', target), options, (answered) => {
    const headers = { ...answered.headers };
    if (fault?.kind === 'shorten') delete headers['content-length'];
    response.writeHead(answered.statusCode ?? 500, headers);
    const body = fault === undefined ? answered : answered.pipe(spoiled(fault, response));
    body.on('error', () => response.destroy()).pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

function spoiled(fault: BodyFault, response: ServerResponse): Transform {
  let position = 0;
  let drip: NodeJS.Timeout | undefined;
  response.on('close', () => clearInterval(drip));
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const at = fault.after - position;
      position += chunk.length;
      if (at < 0 || at >= chunk.length) {
        // Past the fault nothing more comes, except behind a single wrong byte.
        if (at >= chunk.length || fault.kind === 'corrupt') this.push(chunk);
        else if (fault.kind !== 'shorten') return;
        done();
        return;
      }
      if (fault.kind === 'corrupt') chunk[at]! ^= 0xff;
      this.push(fault.kind === 'corrupt' ? chunk : chunk.subarray(0, at));
      if (fault.kind === 'drip') drip = setInterval(() => response.write('x'), 100);
      // The bytes before the fault are to arrive first.
      if (fault.kind === 'cut') setTimeout(() => response.destroy(), 50);
      if (fault.kind === 'corrupt' || fault.kind === 'shorten') done();
    },
  });
}
