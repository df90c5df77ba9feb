/** Output of a run that repeats: the machine stands still while the main thread is behind, and the guest does not notice. */
import { DOORBELL, OUTPUT_CREDIT_BYTES, type Request } from '../../protocol.ts';
import type { HostPort } from '../host-port.ts';

/** What somebody who does not read the output may want all the same. */
const URGENT: ReadonlySet<Request['type']> = new Set(['closeOutput', 'signal', 'shutdown']);

export class OutputFlow {
  private readonly port: HostPort;
  /** By program: posted, and not passed on yet. Those of one that has ended count no more: nobody may ever read them. */
  private readonly unread = new Map<number, number>();
  /** Their sum. */
  private bytes = 0;
  /** Urgent requests that wait. */
  private urgent = 0;

  constructor(port: HostPort) {
    this.port = port;
  }

  /** A request has come in; true if that was all. */
  arrived(request: Request): boolean {
    if (request.type === 'consumed') {
      this.count(request.program, -request.bytes);
      return true;
    }
    if (URGENT.has(request.type)) this.urgent++;
    return false;
  }

  taken(request: Request): void {
    if (URGENT.has(request.type)) this.urgent--;
  }

  ended(program: number): void {
    this.bytes -= this.unread.get(program) ?? 0;
    this.unread.delete(program);
  }

  /** Before more of a program is posted. */
  spend(program: number, bytes: number): void {
    if (!this.unread.has(program)) this.unread.set(program, 0);
    this.count(program, bytes);
    while (this.bytes > OUTPUT_CREDIT_BYTES && this.urgent === 0) {
      const rings = Atomics.load(this.port.doorbell, DOORBELL.REQUESTS);
      this.port.poll();
      if (this.bytes > OUTPUT_CREDIT_BYTES && this.urgent === 0)
        Atomics.wait(this.port.doorbell, DOORBELL.REQUESTS, rings);
    }
  }

  private count(program: number, bytes: number): void {
    const before = this.unread.get(program);
    if (before === undefined) return;
    this.unread.set(program, before + bytes);
    this.bytes += bytes;
  }
}
