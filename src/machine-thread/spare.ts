/** A thread that was started before its machine is known: it loads what a restored one needs, makes a likely one, and sleeps. */
import { createHash } from 'node:crypto';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { MachineOptions, SpareOptions, ThreadOptions } from '../protocol.ts';
import { HostPort } from './host-port.ts';
import { PreparedMachine } from './prepared-machine.ts';
import { readSystem } from './snapshot.ts';
import { stateBuild } from './state-build.ts';

export interface SpareStart {
  readonly options: ThreadOptions;
  readonly spare: PreparedMachine | undefined;
}

/** The options, once they are there. */
export function waitForOptions(port: MessagePort, given: SpareOptions): SpareStart {
  stateBuild();
  createHash('sha256');
  const isWanted = Atomics.load(given.wakes, 0) !== 0;
  const spare = given.rehearsal && !isWanted ? rehearse(given.rehearsal, port) : undefined;
  // What it was made from is as large as the machine.
  given.rehearsal = undefined;
  Atomics.wait(given.wakes, 0, 0);
  const message = receiveMessageOnPort(port);
  if (!message) throw new Error('a spare machine thread was woken without options');
  return { options: message.message as ThreadOptions, spare };
}

/** Folders and volumes of the host are left alone until somebody asks for a machine with them. */
function rehearse(likely: MachineOptions, port: MessagePort): PreparedMachine | undefined {
  if (!likely.restore) return undefined;
  const restored = readSystem(likely.restore, { ...likely, mounts: [] });
  const prepared = new PreparedMachine(restored.options, new HostPort(port, likely.doorbell));
  restored.rehearse(prepared.board);
  return prepared;
}
