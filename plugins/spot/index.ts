import { definePlugin } from 'kiosk-consumer';
import { SpotConsumer } from './spot-consumer.js';

/** Positions of fluorescent spots, such as single molecules of RNA. */
export default definePlugin({ name: 'spot', apiVersion: 1, consumers: { spot: SpotConsumer } });
