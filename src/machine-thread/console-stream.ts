/** The console device's two directions: bytes typed on the main thread, bytes printed for it. */
import type { ByteSink, ByteSource } from '../machine/device.ts';
import type { HostPort } from './host-port.ts';

export class ConsoleStream implements ByteSource, ByteSink {
  private readonly port: HostPort;
  /** Typed and not yet read by the guest, oldest first. */
  private readonly typed: Uint8Array[] = [];

  constructor(port: HostPort) {
    this.port = port;
  }

  type(bytes: Uint8Array): void {
    if (bytes.length > 0) this.typed.push(bytes);
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
    this.port.post({ type: 'console', bytes: new Uint8Array(bytes) });
    return bytes.length;
  }
}
