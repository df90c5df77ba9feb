/** The machine thread's end of the translator: its worker starts with the first hot region, never on the way to the prompt. */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { RegionRequest } from '../jit/control-flow.ts';
import type { TranslatedBatch, TranslatorPort } from '../jit/engine.ts';

export class TranslatorClient implements TranslatorPort {
  /** Path of the translator thread's entry. */
  private readonly file: string;
  private worker: Worker | undefined;
  private port: MessagePort | undefined;

  constructor(file: string) {
    this.file = file;
  }

  post(batch: number, requests: readonly RegionRequest[]): void {
    this.port ??= this.start();
    this.port.postMessage({ batch, requests });
  }

  private start(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.worker = new Worker(this.file, {
      workerData: { port: port2 },
      transferList: [port2],
      // Not the loaders of a development run: they would transform all of binaryen.
      execArgv: [],
    });
    this.worker.unref();
    return port1;
  }

  receive(): TranslatedBatch | undefined {
    if (this.port === undefined) return undefined;
    return receiveMessageOnPort(this.port)?.message as TranslatedBatch | undefined;
  }

  close(): void {
    this.port?.close();
    // Terminating is all that is wanted; when it is done does not matter.
    void this.worker?.terminate();
  }
}
