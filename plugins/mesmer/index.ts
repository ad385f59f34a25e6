import { definePlugin } from 'kiosk-consumer';
import { MesmerConsumer } from './mesmer-consumer.js';
import { MultiplexConsumer } from './multiplex-consumer.js';

/** Cells and nuclei in tissue images of two channels, in the two generations that the Kiosk has known. */
export default definePlugin({
  name: 'mesmer',
  apiVersion: 1,
  consumers: { mesmer: MesmerConsumer, multiplex: MultiplexConsumer },
});
