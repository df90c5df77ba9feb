/**
 * The young generations of V8's heaps while the screen is drawn: of one size from early on. Left alone they grow in steps for as long
 * as something is printed, to four times what is needed: a `cat` of 50 MB grew the process by a tenth. Smaller ones cost too: what
 * lives as long as the 5000 lines of the scrollback would be moved to the old generation, and be collected there.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Of a semispace, MiB: that of threads started from now on, and about what the main thread's is let grow to. */
const SEMISPACE_MIB = 2;
/** The main thread has had at least this when it has grown once by SEMISPACE_MIB, from the first 0.5 or 1. */
const GROWN_BYTES = 2 * 1024 * 1024;

/** Bytes of this thread's semispace. */
function semispaceBytes(): number {
  return (
    getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0
  );
}

function setFlags(minSemispaceMib: number, growthFactor: number): void {
  setFlagsFromString(`--min-semi-space-size=${minSemispaceMib}`);
  setFlagsFromString(`--semi-space-growth-factor=${growthFactor}`);
}

/** For the whole process: a thread that keeps compiled code is to be told so, for its whileUnheld(). */
export function holdYoungGeneration(): void {
  setFlags(SEMISPACE_MIB, SEMISPACE_MIB);
  const observer = new PerformanceObserver(() => {
    if (semispaceBytes() < GROWN_BYTES) return;
    setFlags(SEMISPACE_MIB, 1);
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}

/**
 * Compiled code is refused by V8 where its flags are others than when it was made, these too: so it is made with those of every other process. By then, a
 * second after the start, the main thread's young generation has grown.
 */
export function whileUnheld<Result>(action: () => Result): Result {
  setFlags(0, 2);
  try {
    return action();
  } finally {
    setFlags(SEMISPACE_MIB, 1);
  }
}
