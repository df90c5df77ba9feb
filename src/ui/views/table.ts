/** THE table of views: the key after the prefix, the name in the lists of keys, and how it is opened. */
import type { ViewRow } from '../split-view.ts';
import { openCallsView } from './calls-view.tsx';
import { openDiskView } from './disk-view.tsx';
import { openFilesView } from './files-view.tsx';
import { openInterruptsView } from './interrupts-view.tsx';
import { openLogView } from './log-view.tsx';
import { openMemoryView } from './memory-view.tsx';
import { openPaceView } from './pace-view.tsx';
import { openProcessView } from './process-view.tsx';
import { openScheduleView } from './schedule-view.tsx';
import { openTranslatorView } from './translator-view.tsx';

export const VIEWS: readonly ViewRow[] = [
  { key: 'p', name: 'processes', open: openProcessView },
  { key: 'm', name: 'memory', open: openMemoryView },
  { key: 'f', name: 'files', open: openFilesView },
  { key: 's', name: 'calls', open: openCallsView },
  { key: 'g', name: 'schedule', open: openScheduleView },
  { key: 'i', name: 'interrupts', open: openInterruptsView },
  { key: 'd', name: 'disk', open: openDiskView },
  { key: 't', name: 'translator', open: openTranslatorView },
  { key: 'l', name: 'log', open: openLogView },
  { key: 'b', name: 'break', open: openPaceView },
];
