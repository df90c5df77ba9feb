/** A thread that was started before its machine is known: it loads what a restored one needs, makes a likely one, and sleeps. */
import { createHash } from 'node:crypto';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { AheadOptions, MachineOptions, SpareOptions, ThreadOptions } from '../protocol.ts';
import { HostPort } from './host-port.ts';
import { PreparedMachine } from './prepared-machine.ts';
import { runMachine } from './run.ts';
import { expectSnapshot, readSystem } from './snapshot.ts';
import { stateBuild } from './state-build.ts';
import type { Turns } from './turns.ts';

/** Processor time of one after the other: 16 ms, 7, 5, 4, 3. */
const REHEARSALS = 4;

/** Of a thread whose machine is asked for in some milliseconds. */
export function runAhead({ wakes, snapshotFile }: AheadOptions, port: MessagePort): ThreadOptions {
  if (snapshotFile !== undefined && Atomics.load(wakes, 0) === 0) expectSnapshot(snapshotFile);
  return awaitOptions(wakes, port);
}

/** Sleeps until the options come. */
function awaitOptions(wakes: Int32Array, port: MessagePort): ThreadOptions {
  Atomics.wait(wakes, 0, 0);
  const message = receiveMessageOnPort(port);
  if (!message) throw new Error('a machine thread was woken without options');
  return message.message as ThreadOptions;
}

/** Runs the machine of the options that come, which are of Hartix. */
export function runSpare(given: SpareOptions, port: MessagePort): void {
  stateBuild();
  createHash('sha256');
  const isWanted = Atomics.load(given.wakes, 0) !== 0;
  const likely = isWanted ? undefined : given.rehearsal;
  const prepared = likely && rehearse(likely, new HostPort(port, likely.doorbell));
  const options = awaitOptions(given.wakes, port) as MachineOptions;
  const own = prepared?.port ?? new HostPort(port, options.doorbell);
  runMachine(options, own, prepared && { machine: prepared, isFilled: false });
}

/**
 * Folders and volumes of the host are left alone until somebody asks for a machine with them. Undefined where it cannot be made: what is wrong is
 * told to whoever asks for it, and another one may be asked for.
 */
export function rehearse(
  likely: MachineOptions,
  port: HostPort,
  turns?: Turns,
): PreparedMachine | undefined {
  try {
    return make(likely, port, turns);
  } catch {
    return undefined;
  }
}

function make(
  likely: MachineOptions,
  port: HostPort,
  turns: Turns | undefined,
): PreparedMachine | undefined {
  const { restore } = likely;
  if (!restore) return undefined;
  // As large as a machine.
  likely.restore = undefined;
  const restored = readSystem(restore, { ...likely, mounts: [] });
  // Its devices are put in when it is asked for.
  if (restored.devices.length > 0) return undefined;
  const prepared = new PreparedMachine(restored.options, port, turns, turns === undefined);
  for (let k = 0; k < REHEARSALS; k++) restored.rehearse(prepared.board);
  return prepared;
}
