import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { DOORBELL } from '../protocol.ts';
import type { LikelyOptions } from './machine-worker.ts';
import { TwinThreads } from './twin-threads.ts';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  availableParallelism: () => 2,
}));

/** Threads that take what they are told and never answer. */
const startThread = vi.hoisted(() => vi.fn());
startThread.mockImplementation(() =>
  Object.assign(new EventEmitter(), {
    unref: () => undefined,
    postMessage: () => undefined,
    terminate: async () => 0,
  }),
);
vi.mock('./machine-worker.ts', () => ({
  createDoorbell: () => new Int32Array(new SharedArrayBuffer(4 * DOORBELL.WORDS)),
  startMachineThread: startThread,
}));

describe('threads of twins', () => {
  it('a twin waits at the doorbell that its parent was told, though another thread has less to do by then', () => {
    const threads = new TwinThreads();
    const options = { restore: undefined } as LikelyOptions;
    const first = threads.begin(options, undefined);
    // A thread that is busy has the next one started.
    Atomics.store(first.doorbell, DOORBELL.AWAKE, 1);
    const second = threads.begin(options, undefined);
    const third = threads.begin(options, undefined);
    expect(new Set([first, second, third].map(({ doorbell }) => doorbell)).size).toBe(2);
    Atomics.store(first.doorbell, DOORBELL.AWAKE, 0);
    const bell = threads.bellOfNext();
    expect(bell).toBeDefined();
    for (const { doorbell } of [first, second, third])
      Atomics.store(doorbell, DOORBELL.AWAKE, doorbell === bell ? 1 : 0);
    expect(threads.begin(options, bell).doorbell).toBe(bell);
  });

  it('the first one starts its thread while its parent saves its parts', () => {
    const threads = new TwinThreads();
    startThread.mockClear();
    expect(threads.bellOfNext()).toBeUndefined();
    threads.prepare();
    expect(startThread).toHaveBeenCalledTimes(1);
    threads.begin({ restore: undefined } as LikelyOptions, undefined);
    expect(startThread).toHaveBeenCalledTimes(1);
  });
});
