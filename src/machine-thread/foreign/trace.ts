/** --trace of foreign machines: lines go straight from this thread to a file or to standard error, so that none waits in memory. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { log } from '../../lib/log.ts';
import type { ForeignOptions } from '../../protocol.ts';

const STANDARD_ERROR = 2;
const BUFFER_CHARACTERS = 64 * 1024;
const RETRY_MS = 1;
/** What the user calls `page` is a channel of Hartix's kernel as well; a machine has walks of page tables. */
const CHANNELS: Readonly<Record<string, string>> = {
  exec: 'exec',
  irq: 'irq',
  page: 'walk',
  jit: 'jit',
};

export class Trace {
  private readonly file: number;
  private text = '';

  /** Throws an Error for a channel that does not exist, and node's errors for a file that cannot be written. */
  constructor({ trace, traceFile }: ForeignOptions) {
    const unknown = trace.filter((name) => !Object.hasOwn(CHANNELS, name));
    if (unknown.length > 0) {
      throw new Error(
        `trace: there is no channel ${unknown.join(', ')}; there are ${Object.keys(CHANNELS).join(', ')}`,
      );
    }
    this.file = traceFile === undefined ? STANDARD_ERROR : openSync(traceFile, 'w');
    log.setSink((channel, text) => {
      this.text += `${channel}: ${text}\n`;
      if (this.text.length > BUFFER_CHARACTERS) this.flush();
    });
    log.enable(trace.map((name) => CHANNELS[name] ?? name));
  }

  /** Between slices. */
  flush(): void {
    if (this.text === '') return;
    const bytes = Buffer.from(this.text);
    this.text = '';
    for (let done = 0; done < bytes.length; ) {
      try {
        done += writeSync(this.file, bytes, done);
      } catch (error) {
        // A pipe that is full for the moment; there is no event loop here to wait for it.
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  close(): void {
    this.flush();
    if (this.file !== STANDARD_ERROR) closeSync(this.file);
  }
}
