/** The console of a foreign machine, of whichever device its kernel picks: what is printed goes to the main thread in runs. */
import type { ByteSink, ByteSource } from '../../machine/device.ts';
import type { StateValue } from '../../machine/state.ts';
import { StateFields } from '../../machine/state-fields.ts';
import { CONSOLE_CREDIT_BYTES, type Event } from '../../protocol.ts';

const BUFFER_BYTES = 4096;

/** One console device's end. */
export interface ConsolePort extends ByteSource, ByteSink {}

export class ForeignConsole {
  private readonly post: (event: Event) => void;
  /** Sees what is printed. */
  onPrinted: (bytes: Uint8Array) => void = () => undefined;
  private readonly buffer = new Uint8Array(BUFFER_BYTES);
  private readonly source: ByteSource;
  private filled = 0;
  /** Bytes that may still be posted. */
  private credit = CONSOLE_CREDIT_BYTES;
  /** Typed and not yet read by the guest, oldest first. */
  private readonly typed: Uint8Array[] = [];
  /** The devices' ends, in the order in which they were opened. */
  private readonly ports: ConsolePort[] = [];
  /** Whose turn to read it is: that of the device which was written to last. */
  private reader: ConsolePort | undefined;

  /** `door` may record what is typed, or put something else in its place. */
  constructor(post: (event: Event) => void, door: (source: ByteSource) => ByteSource) {
    this.post = post;
    this.source = door({ read: (into) => this.read(into) });
  }

  /** The main thread is behind: the machine shall stand still. */
  get isBlocked(): boolean {
    return this.credit <= 0;
  }

  consumed(bytes: number): void {
    this.credit += bytes;
  }

  type(bytes: Uint8Array): void {
    if (bytes.length > 0) this.typed.push(bytes);
  }

  /** The end of one more device; the first one reads until another one is written to. */
  open(): ConsolePort {
    const port: ConsolePort = {
      read: (into) => (this.reader === port ? this.source.read(into) : 0),
      write: (bytes) => {
        this.reader = port;
        return this.write(bytes);
      },
    };
    this.reader ??= port;
    this.ports.push(port);
    return port;
  }

  /** What was typed and not read, and who reads. */
  save(): StateValue {
    return {
      typed: this.typed.map((bytes) => bytes.slice()),
      reader: this.reader ? this.ports.indexOf(this.reader) : 0,
    };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('console', state);
    this.typed.splice(0, Infinity, ...fields.byteStrings('typed'));
    this.reader = this.ports[fields.index('reader', this.ports.length - 1)];
  }

  private read(into: Uint8Array): number {
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

  private write(bytes: Uint8Array): number {
    for (let done = 0; done < bytes.length; ) {
      if (this.filled === BUFFER_BYTES) this.flush();
      const part = bytes.subarray(done, done + BUFFER_BYTES - this.filled);
      this.buffer.set(part, this.filled);
      this.filled += part.length;
      done += part.length;
    }
    return bytes.length;
  }

  /** Post what was printed; called between slices. */
  flush(): void {
    if (this.filled === 0) return;
    this.credit -= this.filled;
    const bytes = this.buffer.slice(0, this.filled);
    this.onPrinted(bytes);
    this.post({ type: 'console', bytes });
    this.filled = 0;
  }
}
