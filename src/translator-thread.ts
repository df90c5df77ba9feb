/** Entry of the translator's worker: regions in, compiled WebAssembly modules out. The only thread that loads binaryen. */
import { type MessagePort, workerData } from 'node:worker_threads';
import type { RegionRequest } from './jit/control-flow.ts';
import type { TranslatedBatch } from './jit/engine.ts';
import { translate } from './jit/translate.ts';

/** What machine-thread/port-translator.ts sends. */
export interface TranslationRequest {
  readonly batch: number;
  readonly requests: readonly RegionRequest[];
}

const { ports } = workerData as { ports: readonly MessagePort[] };

function answer({ batch, requests }: TranslationRequest): TranslatedBatch {
  try {
    const { bytes, covered } = translate(requests);
    // Compiled here, so that the machine's thread only instantiates.
    const module = bytes && new WebAssembly.Module(bytes);
    return { batch, module, byteLength: bytes?.length ?? 0, covered };
  } catch (error) {
    // A bug in the translator: the code stays with the interpreter, and /proc/jit counts it.
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { batch, module: undefined, byteLength: 0, covered: [], failure };
  }
}

for (const port of ports) {
  port.on('message', (request: TranslationRequest) => port.postMessage(answer(request)));
}
