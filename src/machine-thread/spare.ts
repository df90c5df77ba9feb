/** A thread that was started before its machine is known: it loads what a restored one needs, and sleeps. */
import { createHash } from 'node:crypto';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { SpareOptions, ThreadOptions } from '../protocol.ts';
import { stateBuild } from './state-build.ts';

/** The options, once they are there. */
export function waitForOptions(port: MessagePort, { wakes }: SpareOptions): ThreadOptions {
  stateBuild();
  createHash('sha256');
  Atomics.wait(wakes, 0, 0);
  const message = receiveMessageOnPort(port);
  if (!message) throw new Error('a spare machine thread was woken without options');
  return message.message as ThreadOptions;
}
