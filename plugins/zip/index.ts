import { definePlugin } from 'kiosk-consumer';
import { ZipConsumer } from './zip-consumer.js';

/** Archives of images: one job for each image, one archive of their results. */
export default definePlugin({ name: 'zip', apiVersion: 1, consumers: { zip: ZipConsumer } });
