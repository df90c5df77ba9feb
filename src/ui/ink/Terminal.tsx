/** `<Terminal os={os} />`: the console of a machine, in any Ink program. */
import { Box, type DOMElement, Text, useCursor } from 'ink';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { System } from '../../api/system.ts';
import { GuestScreen } from './guest-screen.ts';
import { useKeys } from './use-keys.ts';

export interface TerminalProps {
  /** A machine booted with `console: true`. It has one console: show it once. */
  os: System;
  /** Size in characters; the guest is told of changes. Default 24 by 80. */
  rows?: number;
  columns?: number;
  /** Whether what is typed goes to the guest. Default true. */
  isFocused?: boolean;
  /** Keys that are not the guest's, as the bytes that a terminal sends: '\t', '\x01' for ^A, '\x1b[A'. */
  reservedKeys?: readonly string[];
}

/** Where an element is, in characters from Ink's own first one. */
function placeOf(element: DOMElement | null): { x: number; y: number } {
  let x = 0;
  let y = 0;
  for (let node: DOMElement | undefined = element ?? undefined; node; node = node.parentNode) {
    x += node.yogaNode?.getComputedLeft() ?? 0;
    y += node.yogaNode?.getComputedTop() ?? 0;
  }
  return { x, y };
}

/** The guest's screen, and its keyboard while it has the focus. */
export function Terminal({
  os,
  rows = 24,
  columns = 80,
  isFocused = true,
  reservedKeys = [],
}: TerminalProps) {
  // Its first size: a later one is told below.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new size is no new screen
  const screen = useMemo(() => new GuestScreen(os, { rows, columns }), [os]);
  const { lines, cursor } = useSyncExternalStore(screen.subscribe, screen.snapshot);
  const box = useRef<DOMElement>(null);
  const [place, setPlace] = useState({ x: 0, y: 0 });
  const { setCursorPosition } = useCursor();
  useEffect(() => {
    screen.start();
    return () => screen.stop();
  }, [screen]);
  useEffect(() => screen.resize({ rows, columns }), [screen, rows, columns]);
  useEffect(() => {
    const now = placeOf(box.current);
    if (now.x !== place.x || now.y !== place.y) setPlace(now);
  });
  useKeys(isFocused, (keys) => {
    const typed = keys.filter((key) => !reservedKeys.includes(key));
    if (typed.length > 0) screen.type(typed);
  });
  const isShown = isFocused && cursor !== undefined;
  setCursorPosition(isShown ? { x: place.x + cursor.x, y: place.y + cursor.y } : undefined);
  return (
    <Box ref={box} flexDirection="column" width={columns} height={rows} overflow="hidden">
      {lines.slice(0, rows).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are positions on the screen, they have no identity
        <Text key={index} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
