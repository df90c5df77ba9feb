/** THE table of views: the key after the prefix, the name in the lists of keys, and how it is opened. */
import type { ViewRow } from '../split-view.ts';
import { openListView } from './list-view.tsx';

export const VIEWS: readonly ViewRow[] = [
  { key: 'p', name: 'processes', open: (host) => openListView(host, 'processes') },
  { key: 'm', name: 'memory', open: (host) => openListView(host, 'memory') },
  { key: 't', name: 'translator', open: (host) => openListView(host, 'translator') },
  { key: 'i', name: 'interrupts', open: (host) => openListView(host, 'interrupts') },
];
