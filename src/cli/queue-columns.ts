import type { QueueState } from '../broker/contract.js';
import { tellDuration } from './duration.js';
import type { Style } from './style.js';
import type { Column } from './table.js';

/** How queues are shown. */
export function queueColumns(style: Style): Column<QueueState>[] {
  return [
    { title: 'queue', value: ({ queue }) => queue, paint: style.bold },
    { title: 'waiting', value: ({ waiting }) => String(waiting), align: 'right' },
    { title: 'in flight', value: ({ inFlight }) => String(inFlight), align: 'right' },
    {
      title: 'oldest waiting',
      value: ({ oldestMs }) => (oldestMs === undefined ? '-' : tellDuration(oldestMs)),
      align: 'right',
    },
  ];
}
