/** Who executes user code for a platform. */
import type { Engine } from '../machine/engine.ts';

/** The engine, or what stands before it. */
export interface Runner extends Pick<Engine, 'run'> {
  /** Counters of its own. */
  measured?(): Record<string, number>;
  /** A slice is over: before the host is looked at. */
  sliceEnded?(): void;
  /** There is nothing to run, until slept(). */
  sleeps?(): void;
  slept?(): void;
}
