/** A thread's way to the translator's worker: requests out, finished batches in, without running the event loop. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { RegionRequest } from '../jit/control-flow.ts';
import type { TranslatorAnswer, TranslatorPort } from '../jit/translator-port.ts';

/** Posted with the port to the thread of a hart. */
export interface TranslatorLine {
  readonly port: MessagePort;
  /** Set to 1 by who needs the translator; the machine thread, which starts it, looks when its doorbell rings. */
  readonly wanted: Int32Array;
  readonly doorbell: Int32Array;
}

export class PortTranslator implements TranslatorPort {
  private readonly line: TranslatorLine;

  constructor(line: TranslatorLine) {
    this.line = line;
  }

  post(batch: number, requests: readonly RegionRequest[]): void {
    const { port, wanted, doorbell } = this.line;
    port.postMessage({ batch, requests });
    if (Atomics.exchange(wanted, 0, 1) === 1) return;
    Atomics.add(doorbell, 0, 1);
    Atomics.notify(doorbell, 0);
  }

  keepWasm(): void {
    this.line.port.postMessage('keepWasm');
  }

  receive(): TranslatorAnswer | undefined {
    return receiveMessageOnPort(this.line.port)?.message as TranslatorAnswer | undefined;
  }

  close(): void {
    this.line.port.close();
  }
}
