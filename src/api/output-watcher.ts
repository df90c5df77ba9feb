/** Waits for text in an output stream, for scripts that converse with what writes it. */
import type { Readable } from 'node:stream';
import {
  checkArgument,
  checkOptions,
  MILLISECONDS,
  PATTERN,
  type Shape,
} from './argument-checks.ts';
import { WaitError } from './errors.ts';

export interface WaitOptions {
  /** Milliseconds; default 30,000. */
  timeout?: number;
}

const SHAPE: Shape<WaitOptions> = { timeout: MILLISECONDS };
const DEFAULT_WAIT_MS = 30_000;
const SHOWN_CHARACTERS = 200;

export class OutputWatcher {
  private readonly stream: Readable;
  /** Who writes, for messages. */
  private readonly writer: string;
  private seen = '';
  private readonly decoder = new TextDecoder();
  private readonly watchers = new Set<() => void>();
  private isWatching = false;
  private error: Error | undefined;

  constructor(stream: Readable, writer: string) {
    this.stream = stream;
    this.writer = writer;
  }

  /** The writer's machine has ended, with this error: who waits is told so. */
  failed(error: Error): void {
    this.error = error;
  }

  /** Looks at what came since the last match, or since the first call. Throws WaitError on timeout, and when the output ends without a match. */
  async waitFor(pattern: RegExp | string, options: WaitOptions): Promise<RegExpExecArray> {
    checkArgument('waitFor', 'pattern', pattern, PATTERN);
    checkOptions('waitFor', options, SHAPE);
    const expression =
      typeof pattern === 'string'
        ? new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        : new RegExp(pattern.source, pattern.flags.replace('g', ''));
    this.watch();
    return new Promise((resolve, reject) => {
      const finish = (result: RegExpExecArray | Error) => {
        clearTimeout(timer);
        this.watchers.delete(check);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const check = () => {
        const match = expression.exec(this.seen);
        if (match) {
          this.seen = this.seen.slice(match.index + match[0].length);
          finish(match);
        } else if (this.stream.readableEnded) {
          finish(this.error ?? this.failure(`${this.writer} ended without ${expression}`));
        }
      };
      const limit = options.timeout ?? DEFAULT_WAIT_MS;
      const timer = setTimeout(() => {
        finish(this.failure(`no ${expression} within ${limit} ms`));
      }, limit);
      this.watchers.add(check);
      check();
    });
  }

  private failure(what: string): WaitError {
    const last = JSON.stringify(this.seen.slice(-SHOWN_CHARACTERS));
    return new WaitError(`${what}; last output: ${last}`);
  }

  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    const changed = () => {
      for (const watcher of [...this.watchers]) watcher();
    };
    this.stream.on('data', (bytes: Uint8Array) => {
      this.seen += this.decoder.decode(bytes, { stream: true });
      changed();
    });
    this.stream.on('end', changed);
  }
}
