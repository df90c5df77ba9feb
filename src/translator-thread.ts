/** Entry of the translator's worker, and its composition root: regions in, compiled WebAssembly modules out. The only thread that loads binaryen. */
import { fileURLToPath } from 'node:url';
import { type MessagePort, workerData } from 'node:worker_threads';
import { processorMs } from './machine-thread/processor-time.ts';
import type { TranslatorWorkerData } from './machine-thread/translator-client.ts';
import type { ShowRequest } from './protocol.ts';
import { CacheFolder } from './translator-thread/cache-folder.ts';
import { PageLibrary } from './translator-thread/page-library.ts';
import { type TranslationRequest, Translator } from './translator-thread/translator.ts';
import { translatorVersion } from './translator-thread/version.ts';

/** Of the cache's folder. */
const BUDGET_BYTES = 128 << 20;

const { ports, cache, showsWasm = false, codeBudgetBytes } = workerData as TranslatorWorkerData;

const folder =
  cache && CacheFolder.open({ path: cache.folder, budgetBytes: cache.budgetBytes ?? BUDGET_BYTES });
const files = [fileURLToPath(import.meta.url), ...(cache?.files ?? [])];
const version = folder ? translatorVersion(files, cache.isa) : '';
const library = new PageLibrary(version, folder);
library.showsWasm = showsWasm;
// Of what an engine keeps: programs that come back are in the engine, as a rule.
if (codeBudgetBytes !== undefined) library.capacityBytes = codeBudgetBytes / 2;
const translator = new Translator(
  library,
  folder,
  // Binaryen takes long to load, and what is in the cache does not need it.
  async () => (await import('./jit/translate.ts')).translate,
  processorMs,
);

async function show(port: MessagePort, { show: id, wasm, name }: ShowRequest): Promise<void> {
  const { textOf } = await import('./jit/region-text.ts');
  port.postMessage({ show: id, text: textOf(wasm, name) });
}

for (const port of ports) {
  const client = { post: (answer: unknown) => port.postMessage(answer) };
  port.on('message', (request: TranslationRequest | ShowRequest | 'keepWasm') => {
    if (request === 'keepWasm') library.showsWasm = true;
    else if ('show' in request) void show(port, request);
    else translator.request(client, request);
  });
}
