/** The hub: frames reach all others, in order, across threads, and slow readers only lose. */
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { HUB_BYTES, HubPort } from './hub.ts';

let area: SharedArrayBuffer;
const port = (number: number): HubPort => new HubPort({ area, port: number });
const frame = (seed: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => seed + i * 7);

beforeEach(() => {
  area = new SharedArrayBuffer(HUB_BYTES);
});

describe('the hub', () => {
  it('carries frames to all others and not back', () => {
    const [a, b, c] = [port(0), port(1), port(15)];
    a.send(frame(1, 60));
    c.send(frame(2, 61));
    a.send(frame(3, 1));
    expect([b.receive(), b.receive(), b.receive(), b.receive()]).toEqual([
      frame(1, 60),
      frame(2, 61),
      frame(3, 1),
      undefined,
    ]);
    expect([a.receive(), a.receive()]).toEqual([frame(2, 61), undefined]);
    expect([c.receive(), c.receive(), c.receive()]).toEqual([frame(1, 60), frame(3, 1), undefined]);
  });

  it('saves what is on its way to a port, and carries it all the same', () => {
    const [a, b] = [port(0), port(1)];
    a.send(frame(1, 60));
    a.send(frame(2, 99));
    const saved = structuredClone(b.save());
    a.send(frame(3, 14));
    expect([b.receive(), b.receive(), b.receive(), b.receive()]).toEqual([
      frame(1, 60),
      frame(2, 99),
      frame(3, 14),
      undefined,
    ]);
    area = new SharedArrayBuffer(HUB_BYTES);
    const other = port(1);
    other.restore(saved);
    port(0).send(frame(4, 20));
    expect([other.receive(), other.receive(), other.receive(), other.receive()]).toEqual([
      frame(1, 60),
      frame(2, 99),
      frame(4, 20),
      undefined,
    ]);
  });

  it('begins with what is sent after the port was opened', () => {
    const a = port(0);
    a.send(frame(1, 60));
    const b = port(1);
    expect(b.receive()).toBeUndefined();
    a.send(frame(2, 60));
    expect(b.receive()).toEqual(frame(2, 60));
  });

  it('carries frames of all lengths round its log, again and again', () => {
    const [a, b] = [port(0), port(1)];
    let bytes = 0;
    for (let i = 0; bytes < 2 ** 20; i++) {
      const length = (i * 7919) % 65_536;
      bytes += length;
      a.send(frame(i, length));
      expect(b.receive()).toEqual(frame(i, length));
    }
    a.send(new Uint8Array(65_536));
    expect([b.receive(), b.lost]).toEqual([undefined, 0]);
  });

  it('loses frames where the reader is too slow, and recovers', () => {
    const [a, b] = [port(0), port(1)];
    for (let i = 0; i < 1000; i++) a.send(frame(i, 1500));
    expect([b.receive(), b.lost]).toEqual([undefined, 1]);
    a.send(frame(7, 1500));
    expect(b.receive()).toEqual(frame(7, 1500));
  });

  it('rings the bells of the others', () => {
    const bells = new Int32Array(new SharedArrayBuffer(16));
    const a = new HubPort({ area, port: 0, bells, bell: 2 });
    const b = new HubPort({ area, port: 1, bells, bell: 3 });
    a.send(frame(1, 60));
    expect([...bells]).toEqual([0, 0, 0, 1]);
    b.send(frame(1, 60));
    b.close();
    a.send(frame(1, 60));
    expect([...bells]).toEqual([0, 0, 1, 1]);
  });

  it('refuses what does not fit', () => {
    expect(() => port(16)).toThrow('ports 0 to 15');
    expect(() => new HubPort({ area: new SharedArrayBuffer(64), port: 0 })).toThrow('bytes');
  });

  it('wakes a machine that sleeps on another thread, and nothing is torn', async () => {
    const bells = new Int32Array(new SharedArrayBuffer(8));
    const ours = new HubPort({ area, port: 0, bells, bell: 0 });
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { HubPort } = await import(workerData.module);
      const { area, bells } = workerData;
      const port = new HubPort({ area, port: 1, bells, bell: 1 });
      parentPort.postMessage('ready');
      for (let frames = 0; frames < 2000; ) {
        const rings = Atomics.load(bells, 1);
        const frame = port.receive();
        if (!frame) { Atomics.wait(bells, 1, rings, 10_000); continue; }
        frames++;
        port.send(frame.reverse());
      }
    `;
    const module = new URL('./hub.ts', import.meta.url).href;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      workerData: { area, bells, module },
      execArgv: ['--import', 'tsx'],
    });
    await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    for (let i = 0; i < 2000; i++) {
      let rings = Atomics.load(bells, 0);
      ours.send(frame(i, 60 + (i % 1400)));
      let echo = ours.receive();
      // The ring of the frame before may come late: it is no promise of this one.
      while (!echo && Atomics.wait(bells, 0, rings, 10_000) !== 'timed-out') {
        rings = Atomics.load(bells, 0);
        echo = ours.receive();
      }
      expect(echo).toEqual(frame(i, 60 + (i % 1400)).reverse());
    }
    await worker.terminate();
  });
});
