/** `<SystemMonitor os={os} />`: the views of a machine, live, in any Ink program. */
import { Box, Text } from 'ink';
import { useEffect, useReducer, useState } from 'react';
import type { System } from '../../api/system.ts';
import type { SplitView } from '../split-view.ts';
import { pad } from '../views/line.ts';
import { VIEWS } from '../views/table.ts';
import { useKeys } from './use-keys.ts';

/** The views, by name. */
export type ViewName =
  | 'processes'
  | 'memory'
  | 'files'
  | 'calls'
  | 'schedule'
  | 'interrupts'
  | 'disk'
  | 'translator'
  | 'log'
  | 'break';

export interface SystemMonitorProps {
  /** A running machine. */
  os: System;
  /** The view that is shown. Without it the monitor begins with the processes, and Tab turns to the next one. */
  view?: ViewName;
  /** Size in characters, the line of keys included. Default 24 by 80. */
  rows?: number;
  columns?: number;
  /** Whether keys work, as the last line tells them. Default true. */
  isFocused?: boolean;
  /** Keys that are not the monitor's, as the bytes that a terminal sends: '\x01' for ^A. */
  reservedKeys?: readonly string[];
}

const NEXT = '\t';

/** One of the views, with its keys. Nothing is asked of the machine once it is unmounted. */
export function SystemMonitor({
  os,
  view,
  rows = 24,
  columns = 80,
  isFocused = true,
  reservedKeys = [],
}: SystemMonitorProps) {
  const [chosen, setChosen] = useState(0);
  const index = view === undefined ? chosen : VIEWS.findIndex(({ name }) => name === view);
  const [open, setOpen] = useState<SplitView>();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const row = VIEWS[index];
    if (!row) throw new RangeError(`there is no view '${view}'`);
    const opened = row.open({ system: os, changed: redraw, close: () => undefined });
    setOpen(opened);
    return () => opened.dispose();
  }, [os, index, view]);
  useKeys(isFocused, (keys) => {
    for (const key of keys) {
      if (reservedKeys.includes(key)) continue;
      if (!open?.key(key) && key === NEXT && view === undefined)
        setChosen((index + 1) % VIEWS.length);
    }
  });
  const help = `${open?.help ?? ''}${view === undefined ? '  Tab next view' : ''}`;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      {open?.element({ rows: rows - 1, columns }, isFocused)}
      <Text dimColor={!isFocused} wrap="truncate">
        {pad(` ${help.trim()}`, columns)}
      </Text>
    </Box>
  );
}
