import { definePlugin } from 'kiosk-consumer';
import { ImageConsumer } from './image-consumer.js';
import { SegmentationConsumer } from './segmentation-consumer.js';

/** Cell labels of single images, in the two generations that the Kiosk has known. */
export default definePlugin({
  name: 'image',
  apiVersion: 1,
  consumers: { image: ImageConsumer, segmentation: SegmentationConsumer },
});
