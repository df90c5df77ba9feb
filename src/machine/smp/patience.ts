/**
 * How long a thread looks for an answer of another thread before it sleeps. Waking a thread up takes the host 5 to 50 us, and
 * hundreds when its cores are busy, a system call one: two threads that wake each other stay slow for ever. So a thread whose
 * sleeps are short looks longer the next time; an idle one sleeps nearly at once.
 */

/** Looks of about 10 ns each. */
const LONG = 5000;
const SHORT = 500;
/** A sleep that is shorter than this should have been a look. */
const SHORT_SLEEP_MS = 0.2;

export class Patience {
  private isLong = true;

  /** Look until `isDone`; returns whether it was. */
  look(isDone: () => boolean): boolean {
    const limit = this.isLong ? LONG : SHORT;
    for (let k = 0; k < limit; k++) if (isDone()) return true;
    return false;
  }

  /** The thread sleeps: learn from how long. */
  sleep(sleep: () => void): void {
    const start = performance.now();
    sleep();
    this.isLong = performance.now() - start < SHORT_SLEEP_MS;
  }
}
