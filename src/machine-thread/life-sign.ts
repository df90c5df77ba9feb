/**
 * Whether a worker is still there, for a thread that never runs its event loop and so is never told. The worker keeps a file
 * open; Node closes the files of a worker that ends, however it ends (`trackUnmanagedFds`, its default).
 */
import { fstatSync, openSync, statSync } from 'node:fs';

/** Of the descriptor, plus 1; 0 until the worker has opened it. */
const WORDS = 1;

export interface LifeSign {
  readonly file: string;
  readonly descriptor: SharedArrayBuffer;
}

/** `file` can be read by the worker: its own entry. */
export function lifeSign(file: string): LifeSign {
  return { file, descriptor: new SharedArrayBuffer(4 * WORDS) };
}

/** In the worker, once. */
export function giveLifeSign({ file, descriptor }: LifeSign): void {
  Atomics.store(new Int32Array(descriptor), 0, openSync(file, 'r') + 1);
}

/** False when the worker gave its sign and has ended since. */
export function isAlive({ file, descriptor }: LifeSign): boolean {
  const stored = Atomics.load(new Int32Array(descriptor), 0);
  if (stored === 0) return true;
  const expected = statSync(file);
  try {
    const { ino, dev } = fstatSync(stored - 1);
    return ino === expected.ino && dev === expected.dev;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBADF') return false;
    throw error;
  }
}
