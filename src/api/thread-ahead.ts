/** The thread of a command's machine, which loads its code while the command loads its own and reads its options. */
import { type Beginning, isDrawn } from './beginning.ts';
import { SMALL_MEMORY_BYTES } from './machine-worker.ts';
import { SHIPPED_SNAPSHOT } from './prompt-snapshot.ts';
import { WaitingThread } from './waiting-thread.ts';

let ahead: WaitingThread | undefined;
let isSmall = false;

/** To be called where a machine will be asked for as a rule; where none is, the thread goes with the process. */
export function startAhead(beginning: Beginning): void {
  isSmall = isDrawn(beginning);
  const snapshotFile = beginning === 'drawnPrompt' ? SHIPPED_SNAPSHOT : undefined;
  try {
    ahead ??= new WaitingThread((wakes) => ({ kind: 'ahead', wakes, snapshotFile }), beginning);
  } catch {
    // Whoever asks for the machine is told.
  }
}

/** Undefined without one that waits; one with a small heap is not for a large machine, and ends. */
export function takeAhead(memoryBytes: number): WaitingThread | undefined {
  const taken = ahead;
  ahead = undefined;
  if (!taken || taken.isGone) return undefined;
  if (!isSmall || memoryBytes <= SMALL_MEMORY_BYTES) return taken;
  void taken.end();
  return undefined;
}
