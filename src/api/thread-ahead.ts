/** The thread of a command's machine, which loads its code while the command loads its own and reads its options. */
import type { Beginning } from './machine-worker.ts';
import { SHIPPED_SNAPSHOT } from './prompt-snapshot.ts';
import { WaitingThread } from './waiting-thread.ts';

let ahead: WaitingThread | undefined;

/** To be called where a machine will be asked for as a rule; where none is, the thread goes with the process. */
export function startAhead(beginning: Beginning): void {
  const snapshotFile = beginning === 'drawnPrompt' ? SHIPPED_SNAPSHOT : undefined;
  try {
    ahead ??= new WaitingThread((wakes) => ({ kind: 'ahead', wakes, snapshotFile }), beginning);
  } catch {
    // Whoever asks for the machine is told.
  }
}

/** Undefined without one that waits. */
export function takeAhead(): WaitingThread | undefined {
  const taken = ahead;
  ahead = undefined;
  return taken?.isGone ? undefined : taken;
}
