import type { Redis } from 'ioredis';

/** One command that a client sent, as the server tells it. */
export interface SeenCommand {
  /** Seconds since 1970 by the server's clock. */
  readonly at: number;
  readonly args: readonly string[];
}

/** Watches what clients send to a Redis server; what a script does inside is one command, the script's call. */
export interface CommandWatch {
  readonly commands: readonly SeenCommand[];
  /** Calls back once, when the first command with this argument is seen. */
  onFirst(argument: string, callback: () => void): void;
  /** Returns when everything sent before has been seen. */
  end(): Promise<void>;
}

/** The last thing that is looked for. */
const MARK = 'bench: end of watch';

interface MonitorClient {
  on(event: 'monitor', listener: (time: string, args: string[], source: string, database: string) => void): void;
  disconnect(): void;
}

export async function watchCommands(client: Redis): Promise<CommandWatch> {
  const monitor = (await client.monitor()) as unknown as MonitorClient;
  const commands: SeenCommand[] = [];
  const callbacks = new Map<string, () => void>();
  monitor.on('monitor', (time, args, source) => {
    if (source === 'lua') return;
    if (!args.includes(MARK)) commands.push({ at: Number(time), args });
    for (const argument of args) {
      callbacks.get(argument)?.();
      callbacks.delete(argument);
    }
  });
  return {
    commands,
    onFirst: (argument, callback) => void callbacks.set(argument, callback),
    async end() {
      const seen = new Promise<void>((resolve) => callbacks.set(MARK, resolve));
      await client.echo(MARK);
      await seen;
      monitor.disconnect();
    },
  };
}
