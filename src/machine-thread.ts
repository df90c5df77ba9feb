/** Entry of the machine thread, and its composition root: the machine with our kernel on it, or with somebody else's. */
import { parentPort, workerData } from 'node:worker_threads';
import { runForeign } from './machine-thread/foreign/run.ts';
import { HostPort } from './machine-thread/host-port.ts';
import { runMachine } from './machine-thread/run.ts';
import { runShared } from './machine-thread/shared-thread.ts';
import { runSpare } from './machine-thread/spare.ts';
import type { SharedThreadOptions, SpareOptions, ThreadOptions } from './protocol.ts';

const given = workerData as SharedThreadOptions | SpareOptions | ThreadOptions;
if (!parentPort) throw new Error('the machine thread is started by the API, not by hand');
if (given.kind === 'spare') runSpare(given, parentPort);
else if (given.kind === 'shared') runShared(given, parentPort);
else if (given.kind === 'foreign') runForeign(given, new HostPort(parentPort, given.doorbell));
else runMachine(given, new HostPort(parentPort, given.doorbell));
