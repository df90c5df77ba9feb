/** A stream of bytes from the machine, with credit. */
import { Readable } from 'node:stream';

/** Output of one stream: returns the machine's credit as the reader takes it. */
export class OutputStream extends Readable {
  private readonly queue: Uint8Array[] = [];
  private isWanted = false;
  private readonly onConsumed: (bytes: number) => void;

  constructor(onConsumed: (bytes: number) => void, onClosed: () => void) {
    super({ emitClose: true });
    this.onConsumed = onConsumed;
    this.once('close', onClosed);
  }

  receive(bytes: Uint8Array): void {
    // What was on its way when the reader left.
    if (this.destroyed) this.onConsumed(bytes.length);
    else this.queue.push(bytes);
    if (this.isWanted) this._read();
  }

  finish(): void {
    if (this.isWanted && this.queue.length === 0) this.push(null);
    else this.queue.push(new Uint8Array(0));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const { length } of this.queue.splice(0)) if (length > 0) this.onConsumed(length);
    done(error);
  }

  override _read(): void {
    this.isWanted = true;
    for (let chunk = this.queue.shift(); chunk; chunk = this.queue.shift()) {
      if (chunk.length === 0) {
        this.push(null);
        return;
      }
      this.onConsumed(chunk.length);
      if (!this.push(chunk)) {
        this.isWanted = false;
        return;
      }
    }
  }
}
