/** Entry of a hart's worker in tests: as src/hart-thread.ts, with the test programs' firmware and a low heat threshold. */
import { workerData } from 'node:worker_threads';
import type { HartWorkerData } from '../../../../src/hart-thread.ts';
import { createEngine, type Translation } from '../../../../src/jit/engine.ts';
import { HartThread } from '../../../../src/machine/smp/hart-thread.ts';
import { giveLifeSign } from '../../../../src/machine-thread/life-sign.ts';
import { PortTranslator } from '../../../../src/machine-thread/port-translator.ts';
import { TestFirmware } from './test-firmware.ts';

const { config, sign, interpreter, translator } = workerData as HartWorkerData;
giveLifeSign(sign);
const translation: Translation = translator
  ? { mode: 'background', port: new PortTranslator(translator) }
  : { mode: 'interpret' };

new HartThread({
  config,
  observers: (thread) => [new TestFirmware(thread.fabric)],
  createEngine: (memory, calls, isa) =>
    createEngine({
      memory,
      calls,
      isa,
      interpreter,
      translation,
      heatThreshold: 30,
      index: config.hart,
      engines: config.harts,
    }),
}).run();
