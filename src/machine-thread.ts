/** The machine thread's composition root: the machine with our kernel on it, or with somebody else's. machine-thread-loader.ts runs it. */
import { parentPort, workerData } from 'node:worker_threads';
import { runForeign } from './machine-thread/foreign/run.ts';
import { HostPort } from './machine-thread/host-port.ts';
import { runMachine } from './machine-thread/run.ts';
import { runShared } from './machine-thread/shared-thread.ts';
import { runAhead, runSpare } from './machine-thread/spare.ts';
import type { AheadOptions, SharedThreadOptions, SpareOptions, ThreadOptions } from './protocol.ts';

/** By then a boot and most of what programs ask for were compiled, and V8 has dropped nothing of it yet. */
const COMPILED_MS = 1000;

/**
 * Never returns. `keepCode`: keeps what was compiled so far; absent where it is kept already. It takes some 15 ms, once for each version:
 * at a program's end, or with the first word to the host that comes later than a second.
 */
export function start(keepCode: (() => void) | undefined): void {
  if (!parentPort) throw new Error('the machine thread is started by the API, not by hand');
  const data = workerData as AheadOptions | SharedThreadOptions | SpareOptions | ThreadOptions;
  const given = data.kind === 'ahead' ? runAhead(data, parentPort) : data;
  if (given.kind === 'spare') runSpare(given, parentPort);
  else if (given.kind === 'shared')
    runShared(given, parentPort, (port) => keepOnce(port, keepCode));
  else if (given.kind === 'foreign') runForeign(given, new HostPort(parentPort, given.doorbell));
  else {
    const port = new HostPort(parentPort, given.doorbell);
    keepOnce(port, keepCode);
    runMachine(given, port);
  }
}

/** When the machine of this port has run. */
function keepOnce(port: HostPort, keepCode: (() => void) | undefined): void {
  port.beforePost = ({ type }) => {
    if (type !== 'exit' && performance.now() < COMPILED_MS) return;
    port.beforePost = () => undefined;
    keepCode?.();
  };
}
