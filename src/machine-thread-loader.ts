/**
 * Entry of the machine thread's worker: runs the machine's code (machine-thread.ts), which is a script so that what V8 compiled of it can
 * be kept, with the functions that a boot and a program have needed. Node's own cache for modules knows those only that are compiled
 * at once: the 2,200 others were compiled anew in each process, a fifth of its start.
 */
import { Script } from 'node:vm';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Beginning, isDrawn } from './api/beginning.ts';
import { CodeFile } from './api/code-file.ts';
import { whileUnheld } from './api/young-generation.ts';
import type { start } from './machine-thread.ts';
import type { CodeFilePlace, CodeOption, MachineCode } from './protocol.ts';

interface Loaded {
  readonly start: typeof start;
  /** Undefined where it is kept already. */
  readonly keep: (() => void) | undefined;
}

/** A function of its own: the text and what V8 compiled of it, 5 MB, are not to live as long as the thread. */
function load(): Loaded {
  const [beginning] = process.argv.slice(2) as [Beginning?];
  const { codeGate } = workerData as CodeOption;
  Atomics.wait(codeGate, 0, 0);
  const come = parentPort && receiveMessageOnPort(parentPort);
  if (!come) throw new Error('the machine thread is started by the API, not by hand');
  const { path, source, compiled, isKept, keepAt } = come.message as MachineCode;
  const script = new Script(Buffer.from(source.buffer).toString('latin1'), {
    filename: path,
    ...(compiled && { cachedData: compiled }),
  });
  const code = script.runInThisContext() as { start: typeof start };
  const isDone = (isKept && !script.cachedDataRejected) || !keepAt;
  return {
    start: code.start,
    keep: isDone ? undefined : () => keep(script, keepAt, isDrawn(beginning)),
  };
}

function keep(script: Script, { folder, key }: CodeFilePlace, holdsYoung: boolean): void {
  const data = () => script.createCachedData();
  new CodeFile(folder, key).write(holdsYoung ? whileUnheld(data) : data());
}

const machine = load();
machine.start(machine.keep);
