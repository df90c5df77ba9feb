/** Starts the workers of harts 1 and up. */
import { Worker } from 'node:worker_threads';
import type { HartWorkerData } from '../hart-thread.ts';
import type { ThreadOptions } from '../machine/machine-options.ts';
import type { HartThreadConfig } from '../machine/smp/hart-thread.ts';
import { isAlive, lifeSign } from './life-sign.ts';
import type { TranslatorClient } from './translator-client.ts';
import type { VectorModule } from './vector-module.ts';

export interface HartWorkersOptions {
  /** Path of the hart thread's entry. */
  readonly file: string;
  readonly interpreter: WebAssembly.Module;
  readonly vector: VectorModule;
  readonly hasFirmware: boolean;
  readonly translator: TranslatorClient | undefined;
  /** Of each hart's engine. Absent: the default. */
  readonly codeBudgetBytes?: number;
}

export class HartWorkers {
  private readonly workers: Worker[] = [];
  private readonly options: HartWorkersOptions;

  constructor(options: HartWorkersOptions) {
    this.options = options;
  }

  threads(doorbell: Int32Array): ThreadOptions {
    return { doorbell, start: (config) => this.start(config) };
  }

  private start(config: HartThreadConfig): () => boolean {
    const { file, interpreter, vector, hasFirmware, translator, codeBudgetBytes } = this.options;
    const line = translator?.connect();
    const sign = lifeSign(file);
    const data: HartWorkerData = {
      config,
      sign,
      interpreter,
      ...vector,
      hasFirmware,
      ...(line && { translator: line }),
      ...(codeBudgetBytes && { codeBudgetBytes }),
    };
    const worker = new Worker(file, {
      workerData: data,
      transferList: line ? [line.port] : [],
      // Not the loaders of a development run.
      execArgv: [],
    });
    worker.unref();
    this.workers.push(worker);
    return () => isAlive(sign);
  }

  /** Those that have not ended by themselves. */
  close(): void {
    for (const worker of this.workers) void worker.terminate();
  }
}
