// Modules for the thread pool under test; plain JavaScript, as threads load it.
import { KioskError } from '../../../dist/src/errors/kiosk-error.js';

export default async function kernel({ what, data, ms }) {
  switch (what) {
    case 'double':
      return { shape: [data.length], data: data.map((value) => 2 * value) };
    case 'spin': {
      const until = Date.now() + ms;
      while (Date.now() < until);
      return 'spun';
    }
    case 'forever':
      for (;;);
    case 'range':
      throw new RangeError('relief has shape (2), mask has shape (3)');
    case 'refuse':
      throw new KioskError(
        'KC_IMAGE_UNREADABLE',
        'not an image',
        { hint: 'send an image' },
        { cause: new TypeError('inner') },
      );
    case 'exit':
      process.exit(7);
    case 'memory': {
      const kept = [];
      for (;;) kept.push(new Array(1e6).fill({ x: 1 }));
    }
  }
  return undefined;
}
