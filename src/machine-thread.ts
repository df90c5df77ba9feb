/** Entry of the machine thread, and its composition root: the machine with our kernel on it, or with somebody else's. */
import { parentPort, workerData } from 'node:worker_threads';
import { runForeign } from './machine-thread/foreign/run.ts';
import { HostPort } from './machine-thread/host-port.ts';
import { runMachine } from './machine-thread/run.ts';
import { waitForOptions } from './machine-thread/spare.ts';
import type { SpareOptions, ThreadOptions } from './protocol.ts';

const given = workerData as SpareOptions | ThreadOptions;
if (!parentPort) throw new Error('the machine thread is started by the API, not by hand');
const { options, spare } =
  given.kind === 'spare' ? waitForOptions(parentPort, given) : { options: given };
if (options.kind === 'foreign') runForeign(options, new HostPort(parentPort, options.doorbell));
else runMachine(options, new HostPort(parentPort, options.doorbell), spare);
