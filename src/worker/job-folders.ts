import { readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whose a folder is stands in its name, so that those of dead processes can be told from those of living ones. */
const PREFIX = 'kiosk-job';
/** Containers may share the host's name and a temporary folder, but each counts its processes for itself. */
const HOST = `${hostname()}.${pidNamespace()}`.replaceAll(/[^A-Za-z0-9.]/g, '_');
const NAME = /^kiosk-job-([A-Za-z0-9._]+)-(\d+)-[A-Za-z0-9]{6}$/;

/** A new folder for one try of a job, in the system's temporary folder. */
export async function makeJobFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), `${PREFIX}-${HOST}-${process.pid}-`));
}

/** Removes the folders that dead processes of this machine left behind. @returns how many */
export async function removeDeadFolders(): Promise<number> {
  let count = 0;
  for (const name of await readdir(tmpdir())) {
    const [, host, pid] = NAME.exec(name) ?? [];
    if (host !== HOST || pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true });
    count += 1;
  }
  return count;
}

/** Who counts the processes that this one sees (`pid:[4026531836]`); nothing where the system does not tell. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user cannot be signalled, and lives.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
