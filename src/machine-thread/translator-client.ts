/** The machine thread's end of the translator: its worker starts with the first hot region of any hart, never on the way to the prompt. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { RegionRequest } from '../jit/control-flow.ts';
import type { TranslatedBatch, TranslatorPort } from '../jit/engine.ts';
import { PortTranslator, type TranslatorLine } from './port-translator.ts';

export class TranslatorClient implements TranslatorPort {
  /** Path of the translator thread's entry. */
  private readonly file: string;
  private readonly doorbell: Int32Array;
  private readonly wanted = new Int32Array(new SharedArrayBuffer(4));
  /** The worker's ends of the lines, until it starts. */
  private readonly ports: MessagePort[] = [];
  private readonly own: PortTranslator;
  private worker: Worker | undefined;

  constructor(file: string, doorbell: Int32Array) {
    this.file = file;
    this.doorbell = doorbell;
    this.own = new PortTranslator(this.connect());
  }

  /** A line for another thread; transfer its port. Only before the worker has started. */
  connect(): TranslatorLine {
    const { port1, port2 } = new MessageChannel();
    this.ports.push(port2);
    return { port: port1, wanted: this.wanted, doorbell: this.doorbell };
  }

  post(batch: number, requests: readonly RegionRequest[]): void {
    this.own.post(batch, requests);
    this.attend();
  }

  attend(): void {
    if (this.worker !== undefined || Atomics.load(this.wanted, 0) === 0) return;
    this.worker = new Worker(this.file, {
      workerData: { ports: this.ports },
      transferList: this.ports,
      // Not the loaders of a development run: they would transform all of binaryen.
      execArgv: [],
    });
    this.worker.unref();
  }

  receive(): TranslatedBatch | undefined {
    return this.own.receive();
  }

  close(): void {
    this.own.close();
    // Terminating is all that is wanted; when it is done does not matter.
    void this.worker?.terminate();
  }
}
