/** The machine thread's end of the translator: its worker starts with the first hot region of any hart, never on the way to the prompt. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Isa } from '../isa/extensions.ts';
import type { RegionRequest } from '../jit/control-flow.ts';
import type { TranslatorAnswer, TranslatorPort } from '../jit/translator-port.ts';
import type { CacheOption, ThreadOptions } from '../protocol.ts';
import { PortTranslator, type TranslatorLine } from './port-translator.ts';

/** Of the worker's heap. */
const YOUNG_GENERATION_MB = 12;

export interface TranslatorWorkerData {
  readonly ports: readonly MessagePort[];
  readonly cache: TranslatorCache | undefined;
  /** Engines get the bytes of their modules, too. */
  readonly showsWasm?: boolean;
  /** What an engine keeps at most, in bytes of wasm; the worker remembers half as much. Absent: the default. */
  readonly codeBudgetBytes?: number;
}

interface TranslatorCache extends CacheOption {
  /** What translations depend on: files, and the ISA of the harts. */
  readonly files: readonly string[];
  readonly isa: string;
}

export interface TranslatorClientOptions extends Omit<TranslatorWorkerData, 'ports'> {
  /** Path of the translator thread's entry. */
  readonly file: string;
}

export class TranslatorClient implements TranslatorPort {
  private readonly options: TranslatorClientOptions;
  private readonly doorbell: Int32Array;
  private readonly wanted = new Int32Array(new SharedArrayBuffer(4));
  /** The worker's ends of the lines, until it starts. */
  private readonly ports: MessagePort[] = [];
  private readonly own: PortTranslator;
  private worker: Worker | undefined;
  private showsWasm: boolean;

  constructor(options: TranslatorClientOptions, doorbell: Int32Array) {
    this.options = options;
    this.showsWasm = options.showsWasm === true;
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
    const { file, ...options } = this.options;
    const { showsWasm } = this;
    const data: TranslatorWorkerData = { ports: this.ports, ...options, showsWasm };
    this.worker = new Worker(file, {
      workerData: data,
      transferList: this.ports,
      // Not the loaders of a development run: they would transform all of binaryen.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.worker.unref();
  }

  /** Engines get the bytes of their modules with what is translated from now on. */
  keepWasm(): void {
    this.showsWasm = true;
    if (this.worker) this.own.keepWasm();
  }

  receive(): TranslatorAnswer | undefined {
    return this.own.receive();
  }

  close(): void {
    this.own.close();
    // Terminating is all that is wanted; when it is done does not matter.
    void this.worker?.terminate();
  }
}

/** Undefined for a machine that only interprets. */
export function createTranslator(
  options: ThreadOptions,
  isa: Isa,
  doorbell: Int32Array,
): TranslatorClient | undefined {
  const { isTranslating, translatorFile, interpreterFile, vectorFile } = options;
  if (!isTranslating) return undefined;
  const files = [interpreterFile, ...(isa.has('v') ? [vectorFile] : [])];
  const cache = options.cache && { ...options.cache, files, isa: isa.text };
  const showsWasm = options.kind === 'hartix' && options.isProfiled;
  const budget = codeBudget(options);
  return new TranslatorClient({ file: translatorFile, cache, showsWasm, ...budget }, doorbell);
}

/** For engines and the translator. */
export function codeBudget(options: ThreadOptions): { codeBudgetBytes?: number } {
  if (options.kind === 'foreign' || options.codeBudgetBytes === undefined) return {};
  return { codeBudgetBytes: options.codeBudgetBytes };
}
