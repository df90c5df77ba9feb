/** Entry of the machine thread, and its composition root: machine, platform, kernel, init, and the host's requests. */
import { parentPort, workerData } from 'node:worker_threads';
import { HostPort } from './machine-thread/host-port.ts';
import { runMachine } from './machine-thread/run.ts';
import type { MachineOptions } from './protocol.ts';

const options = workerData as MachineOptions;
if (!parentPort) throw new Error('the machine thread is started by the API, not by hand');
runMachine(options, new HostPort(parentPort, options.doorbell));
