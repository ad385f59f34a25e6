import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, jest, test } from '@jest/globals';
import type { Io, TextStream } from '../../src/cli/io.js';
import { createLogger } from '../../src/cli/logger.js';
import { createOutput } from '../../src/cli/output.js';
import { createStyle, wantsColour } from '../../src/cli/style.js';
import { watchStopSignals } from '../../src/cli/stop-signals.js';
import { formatTable } from '../../src/cli/table.js';
import { createMask } from '../../src/config/mask.js';

/** What has been written since the last look. */
function written(stream: PassThrough): string {
  return String(stream.read() ?? '');
}

function fakeIo(environment: Record<string, string> = {}, isTTY = false) {
  const stdout: TextStream & PassThrough = Object.assign(new PassThrough(), { isTTY });
  const stderr: TextStream & PassThrough = Object.assign(new PassThrough(), { isTTY });
  const signals = new EventEmitter();
  const kill = jest.fn<Io['kill']>();
  const io: Io = { stdin: {}, stdout, stderr, environment, cwd: '/', signals, kill };
  return { io, stdout, stderr, signals, kill };
}

describe('colour', () => {
  const terminal = { isTTY: true } as TextStream;
  const pipe = {} as TextStream;
  test.each<[string, TextStream, Record<string, string>, boolean | undefined, boolean]>([
    ['is shown on a terminal', terminal, {}, undefined, true],
    ['is not put into a pipe', pipe, {}, undefined, false],
    ['is not shown with NO_COLOR', terminal, { NO_COLOR: '1' }, undefined, false],
    ['is not shown with --no-color', terminal, { FORCE_COLOR: '1' }, false, false],
    ['is not shown on a dumb terminal', terminal, { TERM: 'dumb' }, undefined, false],
    ['is put into a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, undefined, true],
    ['is not shown with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, undefined, false],
  ])('%s', (_title, stream, environment, flag, expected) => {
    expect(wantsColour(stream, environment, flag)).toBe(expected);
  });
});

describe('a table', () => {
  test('has columns as wide as they need, numbers to the right, and no blanks at line ends', () => {
    const columns = [
      { title: 'name', value: (row: { name: string; count: number }) => row.name },
      { title: 'count', value: (row: { name: string; count: number }) => String(row.count), align: 'right' as const },
      { title: 'note', value: () => '' },
    ];
    const rows = [
      { name: 'a long name', count: 7 },
      { name: 'b', count: 12_345 },
    ];
    expect(formatTable(columns, rows, (text) => text)).toEqual([
      'name         count  note',
      'a long name      7',
      'b            12345',
    ]);
  });

  test('colours do not move columns', () => {
    const style = createStyle(true);
    const columns = [
      { title: 'a', value: (row: string) => row, paint: style.red },
      { title: 'b', value: () => 'x' },
    ];
    expect(formatTable(columns, ['one', 'three'], (text) => text)).toEqual([
      'a      b',
      '\u001B[31mone  \u001B[39m  x',
      '\u001B[31mthree\u001B[39m  x',
    ]);
  });
});

describe('output', () => {
  test('puts results on stdout, messages on stderr, with secrets masked', () => {
    const { io, stdout, stderr } = fakeIo();
    const output = createOutput(io, {
      color: undefined,
      mask: () => createMask(['hunter2']),
      onClosed: () => undefined,
    });
    output.json({ a: 1 });
    output.warn('redis://:x@h said hunter2.');
    output.progress('half');
    expect(written(stdout)).toBe('{"a":1}\n');
    expect(written(stderr)).toBe('warning redis://:***@h said ***.\n');
  });

  test('is quiet when its reader has gone, and says so', () => {
    const { io, stdout } = fakeIo();
    const onClosed = jest.fn();
    const output = createOutput(io, { color: undefined, mask: () => (line) => line, onClosed });
    stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    output.line('more');
    expect(onClosed).toHaveBeenCalledTimes(1);
    expect(written(stdout)).toBe('');
  });
});

describe('the log', () => {
  test('is one JSON object a line where no terminal is, with secrets masked', async () => {
    const { io, stderr } = fakeIo();
    const log = await createLogger({
      io,
      logging: { level: 'info', format: 'auto' },
      color: undefined,
      mask: createMask(['hunter2']),
    });
    log.debug('unseen');
    log.info('claimed', { job: 'predict:a.tif:1', attempt: 1, error: new TypeError('hunter2') });
    const lines = written(stderr)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        level: 'info',
        message: 'claimed',
        job: 'predict:a.tif:1',
        attempt: 1,
        error: 'TypeError: ***',
      },
    ]);
  });

  test('is text on a terminal, down to its level', async () => {
    const { io, stderr } = fakeIo({ NO_COLOR: '1' }, true);
    const log = await createLogger({
      io,
      logging: { level: 'debug', format: 'auto' },
      color: undefined,
      mask: (line) => line,
    });
    log.debug('looking', { where: 'in here', none: undefined });
    expect(written(stderr)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} debug looking {2}where="in here"\n$/);
  });
});

describe('stop signals', () => {
  test('the first asks, the second ends the process by the signal itself', () => {
    const { io, signals, kill } = fakeIo();
    const stop = watchStopSignals(io);
    signals.emit('SIGTERM');
    expect([stop.signal.aborted, stop.force.aborted, stop.receivedSignal()]).toEqual([true, false, 'SIGTERM']);
    expect(kill).not.toHaveBeenCalled();
    signals.emit('SIGINT');
    expect(stop.force.aborted).toBe(true);
    expect(kill).toHaveBeenCalledWith('SIGINT');
    expect(signals.listenerCount('SIGTERM')).toBe(0);
  });

  test('a command that has taken over is asked twice before', () => {
    const { io, signals, kill } = fakeIo();
    const stop = watchStopSignals(io);
    stop.takeOver();
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    expect([stop.force.aborted, kill.mock.calls.length]).toEqual([true, 0]);
    signals.emit('SIGTERM');
    expect(kill).toHaveBeenCalledWith('SIGTERM');
  });

  test('are let go of at the end', () => {
    const { io, signals } = fakeIo();
    watchStopSignals(io).release();
    expect(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM')).toBe(0);
  });
});
