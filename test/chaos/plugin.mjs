/** Job types of the chaos runs: `sleep` takes a second and uploads a text; `poison` does the same, but one of its jobs kills its worker. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, definePlugin } from 'kiosk-consumer';

class Sleep extends Consumer {
  static summary = 'sleeps for a second';

  async consume(job) {
    await this.updateKey(job, { status: 'started' });
    await this.work(job);
    const name = job.fields.original_name;
    const text = this.path('result.txt');
    await writeFile(text, name);
    const archive = this.path('result.zip');
    await this.zip([{ name: name.replace('.tif', '_feature_0.txt'), file: text }], archive);
    const { key, url } = await this.upload(archive);
    return { output_file_name: key, output_url: url };
  }

  async work(job) {
    await sleep(1000, undefined, { signal: job.signal });
  }
}

class Poison extends Sleep {
  static summary = 'the job called job-3 kills its worker';

  async work(job) {
    await sleep(100, undefined, { signal: job.signal });
    if (job.fields.original_name === 'job-3.tif') process.kill(process.pid, 'SIGKILL');
  }
}

export default definePlugin({ name: 'chaos', apiVersion: 1, consumers: { sleep: Sleep, poison: Poison } });
