/** The console device's two directions: bytes typed on the main thread, bytes printed for it. */
import type { ByteSink, ByteSource } from '../machine/device.ts';
import { DOORBELL, SCREEN_CREDIT_BYTES } from '../protocol.ts';
import type { HostPort } from './host-port.ts';

/** Bytes that the lines of a machine may still print before the main thread has taken some. */
export class ConsoleCredit {
  private bytes: number;

  /** Without a listener nobody would return it: what is printed then is kept for one. */
  constructor(hasListener: boolean) {
    this.bytes = hasListener ? SCREEN_CREDIT_BYTES : Number.POSITIVE_INFINITY;
  }

  consumed(bytes: number): void {
    this.bytes += bytes;
  }

  /** Waits while the main thread is behind: the machine stands still, as it does for its traces. */
  spend(bytes: number, port: HostPort): void {
    this.bytes -= bytes;
    while (this.bytes < 0) {
      const rings = Atomics.load(port.doorbell, DOORBELL.REQUESTS);
      port.poll();
      if (this.bytes < 0) Atomics.wait(port.doorbell, DOORBELL.REQUESTS, rings);
    }
  }
}

export class ConsoleStream implements ByteSource, ByteSink {
  private readonly port: HostPort;
  private readonly credit: ConsoleCredit;
  /** Typed and not yet read by the guest, oldest first. */
  private readonly typed: Uint8Array[] = [];

  constructor(port: HostPort, credit: ConsoleCredit) {
    this.port = port;
    this.credit = credit;
  }

  type(bytes: Uint8Array): void {
    if (bytes.length > 0) this.typed.push(bytes);
  }

  get isEmpty(): boolean {
    return this.typed.length === 0;
  }

  read(into: Uint8Array): number {
    let count = 0;
    for (let chunk = this.typed[0]; chunk && count < into.length; chunk = this.typed[0]) {
      const part = chunk.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length === chunk.length) this.typed.shift();
      else this.typed[0] = chunk.subarray(part.length);
    }
    return count;
  }

  write(bytes: Uint8Array): number {
    this.port.print(new Uint8Array(bytes));
    this.credit.spend(bytes.length, this.port);
    return bytes.length;
  }
}
