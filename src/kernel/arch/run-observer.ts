/** Whoever must know where a run is that can be repeated: a trace hash, a log of inputs, a search. Other machines have none. */
import type { Trap } from '../../platform/platform.ts';

export interface RunObserver {
  /** An event has come, and has not been served yet. Only on machines whose events are served one by one (Kernel.run, isEager). */
  trapped(trap: Trap): void;
}
