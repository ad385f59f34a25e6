/** Job types that test what becomes of a worker: `block` stops its event loop, `upload` uploads and then waits, `die` kills it. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, definePlugin } from 'kiosk-consumer';

function tell(job, what) {
  appendFileSync(job.fields.log, `${what} ${process.pid}\n`);
}

class Block extends Consumer {
  async consume(job) {
    tell(job, 'begun');
    const until = Date.now() + Number(job.fields.ms);
    while (Date.now() < until);
    tell(job, 'ended');
    return {};
  }
}

class Upload extends Consumer {
  async consume(job) {
    tell(job, 'begun');
    await this.stage('upload', async () => {
      const file = this.path('result.zip');
      writeFileSync(file, String(process.pid));
      const { key, url } = await this.upload(file);
      tell(job, `uploaded ${key}`);
      await sleep(Number(job.fields.ms), undefined, { signal: job.signal });
      this.fields = { output_file_name: key, output_url: url };
    });
    tell(job, 'ended');
    return this.fields;
  }
}

class Die extends Consumer {
  async consume(job) {
    tell(job, 'begun');
    await this.stage('dying', () => sleep(1200));
    process.kill(process.pid, 'SIGKILL');
    return {};
  }
}

export default definePlugin({
  name: 'lease-test',
  apiVersion: 1,
  consumers: { block: Block, upload: Upload, die: Die },
});
