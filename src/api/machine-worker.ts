/** Machine threads as workers of this process. */
import { Worker } from 'node:worker_threads';
import { type CodeOption, DOORBELL, type MachineOptions } from '../protocol.ts';
import { type Beginning, isDrawn } from './beginning.ts';
import { bundleFile, compileCacheFolder } from './bundle.ts';
import { readMachineCode } from './machine-code.ts';

/** Of the machine thread's heap: what a larger one saves in collections it takes in memory, and in pauses. */
const YOUNG_GENERATION_MB = 16;

/**
 * Of the heap of a machine that is drawn: V8 lets it grow by a third of what is in use, or 16 MB, before it collects, to four times where it may grow without
 * such a limit. For all that a machine of SMALL_MEMORY_BYTES may have of kernel objects (SECURITY.md) it is enough.
 */
const OLD_GENERATION_MB = 448;
export const SMALL_MEMORY_BYTES = 256 * 1024 * 1024;

/** Throws OptionError where the package is damaged. */
export function startMachineThread(workerData: object, beginning: Beginning): Worker {
  const cache = compileCacheFolder();
  const codeGate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(bundleFile('machine-thread.cjs'), {
    workerData: { ...workerData, codeGate } satisfies CodeOption,
    argv: [beginning],
    name: 'hartix',
    // Those of the user's program are for its modules: --import of a loader, --input-type of a program without a file.
    execArgv: [],
    // A start without it takes 30 ms longer.
    env: { ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }), ...process.env },
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      ...(isDrawn(beginning) && { maxOldGenerationSizeMb: OLD_GENERATION_MB }),
    },
  });
  try {
    const code = readMachineCode(beginning);
    const { source, compiled } = code;
    worker.postMessage(code, [source.buffer, ...(compiled ? [compiled.buffer] : [])]);
  } catch (error) {
    void worker.terminate();
    throw error;
  } finally {
    Atomics.store(codeGate, 0, 1);
    Atomics.notify(codeGate, 0);
  }
  return worker;
}

/** Of a machine that is likely to be asked for: what comes from a snapshot or a fork, as a rule once more. */
export type LikelyOptions = Omit<MachineOptions, 'doorbell' | 'volumeChannel'>;

export function createDoorbell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * DOORBELL.WORDS));
}
