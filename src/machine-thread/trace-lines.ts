/** Lines of --trace on their way to the main thread: many in a message, and never more than it can take. */
import { DOORBELL, TRACE_CREDIT_LINES, type TraceLine } from '../protocol.ts';
import type { HostPort } from './host-port.ts';

const LINES_PER_MESSAGE = 512;

export class TraceLines {
  private readonly port: HostPort;
  private lines: TraceLine[] = [];
  private credit = TRACE_CREDIT_LINES;

  constructor(port: HostPort) {
    this.port = port;
  }

  write(channel: string, text: string): void {
    this.lines.push({ channel, text });
    if (this.lines.length >= LINES_PER_MESSAGE) this.flush();
  }

  /** The main thread has passed on so many. */
  consumed(lines: number): void {
    this.credit += lines;
  }

  /** Between events, and before the thread ends. Waits while the main thread is behind. */
  flush(): void {
    const { lines } = this;
    if (lines.length === 0) return;
    this.lines = [];
    this.credit -= lines.length;
    this.port.post({ type: 'log', lines });
    while (this.credit < 0) {
      const rings = Atomics.load(this.port.doorbell, DOORBELL.REQUESTS);
      this.port.poll();
      if (this.credit < 0) Atomics.wait(this.port.doorbell, DOORBELL.REQUESTS, rings);
    }
  }
}
