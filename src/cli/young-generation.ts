/**
 * The young generations of V8's heaps while the screen is drawn: of one size from early on. Left alone they grow in steps for as long
 * as something is printed, to four times what is needed: a `cat` of 50 MB grew the process by a tenth. Smaller ones cost too: what
 * lives as long as the 5000 lines of the scrollback would be moved to the old generation, and be collected there.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Of a semispace, MiB: that of threads started from now on, and about what the main thread's is let grow to. */
const SEMISPACE_MIB = 4;
/** The main thread has had at least this when it has grown once by SEMISPACE_MIB, from the first 0.5 or 1. */
const GROWN_BYTES = 2 * 1024 * 1024;

/** Bytes of this thread's semispace. */
function semispaceBytes(): number {
  return (
    getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0
  );
}

/** For the whole process; to be called before its other threads are started. */
export function holdYoungGeneration(): void {
  setFlagsFromString(`--min-semi-space-size=${SEMISPACE_MIB}`);
  setFlagsFromString(`--semi-space-growth-factor=${SEMISPACE_MIB}`);
  const observer = new PerformanceObserver(() => {
    if (semispaceBytes() < GROWN_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}
