/** Entry of the translator's worker: regions in, compiled WebAssembly modules out. The only thread that loads binaryen. */
import { type MessagePort, workerData } from 'node:worker_threads';
import type { RegionRequest } from './jit/control-flow.ts';
import type { TranslatedBatch } from './jit/engine.ts';
import { translate } from './jit/translate.ts';

/** What machine-thread/translator-client.ts sends. */
export interface TranslationRequest {
  readonly batch: number;
  readonly requests: readonly RegionRequest[];
}

const { port } = workerData as { port: MessagePort };

function answer({ batch, requests }: TranslationRequest): TranslatedBatch {
  const { bytes, covered } = translate(requests);
  if (bytes === undefined) return { batch, module: undefined, byteLength: 0, covered };
  // Compiled here, so that the machine's thread only instantiates.
  return { batch, module: new WebAssembly.Module(bytes), byteLength: bytes.length, covered };
}

port.on('message', (request: TranslationRequest) => port.postMessage(answer(request)));
