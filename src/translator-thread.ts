/** Entry of the translator's worker: regions in, compiled WebAssembly modules out. The only thread that loads binaryen. */
import { type MessagePort, workerData } from 'node:worker_threads';
import type { RegionRequest } from './jit/control-flow.ts';
import { regionName, type TranslatedBatch } from './jit/engine.ts';
import { KnownRegions } from './jit/known-regions.ts';
import { translate } from './jit/translate.ts';

/** What machine-thread/port-translator.ts sends. */
export interface TranslationRequest {
  readonly batch: number;
  readonly requests: readonly RegionRequest[];
}

const { ports } = workerData as { ports: readonly MessagePort[] };

const known = new KnownRegions();

function answer({ batch, requests }: TranslationRequest): TranslatedBatch {
  try {
    const shared = requests.map((request) => known.find(request));
    const wanted = requests.filter((_request, index) => shared[index] === undefined);
    if (wanted.length === 0) {
      return { batch, module: undefined, byteLength: 0, covered: [], shared };
    }
    const { bytes, covered } = translate(wanted);
    // Compiled here, so that the machine's thread only instantiates.
    const module = bytes && new WebAssembly.Module(bytes);
    const byteLength = bytes?.length ?? 0;
    wanted.forEach((request, index) => {
      const halfwords = covered[index];
      if (!module || !halfwords) return;
      known.remember(request, { module, name: regionName(index), covered: halfwords, byteLength });
    });
    return { batch, module, byteLength, covered, shared };
  } catch (error) {
    // A bug in the translator: the code stays with the interpreter, and /proc/jit counts it.
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { batch, module: undefined, byteLength: 0, covered: [], failure };
  }
}

for (const port of ports) {
  port.on('message', (request: TranslationRequest) => port.postMessage(answer(request)));
}
