import { definePlugin } from 'kiosk-consumer';
import { PolarisConsumer } from './polaris-consumer.js';

/** Spots and the cells that they lie in. */
export default definePlugin({ name: 'polaris', apiVersion: 1, consumers: { polaris: PolarisConsumer } });
