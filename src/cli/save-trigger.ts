/** When `hartix snapshot` saves by itself: after a time, or once the console has printed a text. */
import type { Readable } from 'node:stream';

export class SaveTrigger {
  /** Resolves when it is time; never without a condition. */
  readonly fired: Promise<void>;
  readonly isSet: boolean;
  private readonly fire: () => void;
  private readonly text: string;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly decoder = new TextDecoder();
  private tail = '';

  /** `afterMs` 0: without. */
  constructor(output: Readable, text: string | undefined, afterMs: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.fired = promise;
    this.fire = resolve;
    this.isSet = text !== undefined || afterMs > 0;
    this.text = text ?? '';
    if (afterMs > 0) this.timer = setTimeout(resolve, afterMs);
    if (text !== undefined) output.on('data', (bytes: Uint8Array) => this.look(bytes));
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private look(bytes: Uint8Array): void {
    const seen = this.tail + this.decoder.decode(bytes, { stream: true });
    if (seen.includes(this.text)) this.fire();
    this.tail = seen.slice(Math.max(0, seen.length - this.text.length));
  }
}
