/** A job type that is quick: it takes jobs of the queue `predict`, and packs what it downloads as if it were their labels. */
import { readFileSync } from 'node:fs';
import { Consumer, definePlugin, KioskError } from 'kiosk-consumer';

class Pack extends Consumer {
  static defaultQueue = 'predict';

  async consume(job) {
    const file = await this.download(job);
    if (readFileSync(file, 'utf8').startsWith('bad')) throw new KioskError('KC_IMAGE_UNREADABLE', 'It is bad.');
    const archive = this.path('result.zip');
    const stem = job.fields.original_name.replace(/\.[^.]*$/, '');
    await this.zip([{ name: `${stem}_feature_0.tif`, file }], archive);
    const { key, url } = await this.stage('upload', () => this.upload(archive));
    return { output_file_name: key, output_url: url, upload_time: this.seconds('upload') };
  }
}

export default definePlugin({ name: 'pack-test', apiVersion: 1, consumers: { pack: Pack } });
