/** Entry of a hart's worker, and its composition root: the hart over the shared memory, the engine with its translations. */
import { workerData } from 'node:worker_threads';
import { createEngine, type Translation } from './jit/engine.ts';
import { BuiltInFirmware } from './machine/firmware/firmware.ts';
import { HartThread, type HartThreadConfig } from './machine/smp/hart-thread.ts';
import { giveLifeSign, type LifeSign } from './machine-thread/life-sign.ts';
import { PortTranslator, type TranslatorLine } from './machine-thread/port-translator.ts';
import type { VectorModule } from './machine-thread/vector-module.ts';

/** What machine-thread/hart-workers.ts sends. */
export interface HartWorkerData extends VectorModule {
  readonly config: HartThreadConfig;
  readonly sign: LifeSign;
  readonly interpreter: WebAssembly.Module;
  /** SBI calls are served by the machine itself. */
  readonly hasFirmware: boolean;
  /** To the translator's worker; absent: nothing is translated. */
  readonly translator?: TranslatorLine;
  /** Absent: the default. */
  readonly codeBudgetBytes?: number;
}

const { config, sign, interpreter, vectorModule, hasFirmware, translator, codeBudgetBytes } =
  workerData as HartWorkerData;
giveLifeSign(sign);
const translation: Translation = translator
  ? { mode: 'background', port: new PortTranslator(translator) }
  : { mode: 'interpret' };

new HartThread({
  config,
  observers: (thread) => (hasFirmware ? [new BuiltInFirmware(thread)] : []),
  createEngine: (memory, calls, isa) =>
    createEngine({
      memory,
      calls,
      isa,
      interpreter,
      ...(vectorModule && { vectorModule }),
      translation,
      ...(codeBudgetBytes && { codeBudgetBytes }),
      index: config.hart,
      engines: config.harts,
    }),
}).run();
