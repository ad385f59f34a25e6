import { definePlugin } from 'kiosk-consumer';
import { TrackingConsumer } from './tracking-consumer.js';

/** Cells followed through films, under both names that the Kiosk has for it. */
export default definePlugin({
  name: 'tracking',
  apiVersion: 1,
  consumers: { tracking: TrackingConsumer, caliban: TrackingConsumer },
});
