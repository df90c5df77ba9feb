/**
 * Entry of the machine thread's worker: runs the machine's code (machine-thread.ts), which is a script so that what V8 compiled of it can
 * be kept, with the functions that a boot and a program have needed. Node's own cache for modules knows those only that are compiled
 * at once: the 2,200 others were compiled anew in each process, a fifth of its start.
 */
import { Script } from 'node:vm';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CodeFile } from './api/code-file.ts';
import type { Beginning } from './api/machine-worker.ts';
import { whileUnheld } from './api/young-generation.ts';
import type { start } from './machine-thread.ts';
import type { CodeOption, MachineCode } from './protocol.ts';

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
const isDrawn = beginning === 'drawnBoot' || beginning === 'drawnPrompt';
const code = script.runInThisContext() as { start: typeof start };
const keep = () => {
  if (!keepAt) return;
  const data = () => script.createCachedData();
  new CodeFile(keepAt.folder, keepAt.key).write(isDrawn ? whileUnheld(data) : data());
};
code.start(isKept && !script.cachedDataRejected ? undefined : keep);
