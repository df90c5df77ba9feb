/** virtio devices that are saved with requests under way, and go on in another process with a fresh back end. */
import { fs as volume } from 'memfs';
import { describe, expect, it } from 'vitest';
import { RemoteError, TestClient, u32 } from '../../../test/support/9p/client.ts';
import { BUFFERS, type Part, RAM, TestDriver } from '../../../test/support/virtio/driver.ts';
import { LstatWalk } from './9p/directory-walk.ts';
import { FolderBackend } from './9p/folder-backend.ts';
import { LINUX_OPEN_FLAGS } from './9p/sync-fs.ts';
import { Virtio9p } from './9p.ts';
import { VirtioBlock } from './block.ts';
import { VirtioConsole } from './console.ts';
import { MemoryDisk, OverlayDisk } from './overlay.ts';
import { seededEntropy, VirtioRng } from './rng.ts';

const B = RAM + BUFFERS;
const part = (offset: number, length: number, isWritable: boolean): Part => ({
  address: B + offset,
  length,
  isWritable,
});

/** The status byte of a block request. */
function transfer(driver: TestDriver, type: number, sector: number, data: Part): number {
  driver.put(B, [type, 0, 0, 0, 0, 0, 0, 0, sector, 0, 0, 0, 0, 0, 0, 0]);
  driver.add(0, part(0, 16, false), data, part(16, 1, true));
  driver.notify(0);
  return driver.get(B + 16, 1)[0] ?? -1;
}

describe('saved state', () => {
  it('of a block device has what was written over its base', () => {
    const base = new MemoryDisk(
      Uint8Array.from({ length: 32 * 512 }, (_, i) => i >>> 9),
      true,
    );
    const driver = new TestDriver(new VirtioBlock(new OverlayDisk(base), ''), 2 ** 29);
    driver.put(B + 4096, new Uint8Array(512).fill(0xaa));
    expect(transfer(driver, 1, 9, part(4096, 512, false))).toBe(0);
    driver.move(new VirtioBlock(new OverlayDisk(base), ''));
    expect(driver.status()).toBe(15);
    expect(transfer(driver, 0, 8, part(8192, 1536, true))).toBe(0);
    expect([0, 512, 1024].map((at) => driver.get(B + 8192 + at, 1)[0])).toEqual([8, 0xaa, 10]);
    // The first interrupt was not acknowledged, and nothing is lost or taken twice.
    expect(driver.takeUsed(0).length).toBe(2);
    expect([driver.isHigh, driver.acknowledge()]).toEqual([true, 1]);
  });

  it('of a console has the buffer that is half sent', () => {
    let printed = '';
    const slow = (room: number): VirtioConsole =>
      new VirtioConsole(
        { read: () => 0 },
        {
          write: (bytes) => {
            const taken = bytes.slice(0, room);
            room -= taken.length;
            printed += String.fromCharCode(...taken);
            return taken.length;
          },
        },
      );
    const driver = new TestDriver(slow(4), 1);
    driver.put(B, [...new TextEncoder().encode('hello world')]);
    driver.add(1, part(0, 6, false), part(6, 5, false));
    driver.notify(1);
    driver.move(slow(100));
    driver.device.poll();
    expect(printed).toBe('hello world');
    expect(driver.takeUsed(1).length).toBe(1);
  });

  it('of a seeded generator goes on in its sequence', () => {
    const bytes = (isMoved: boolean): number[] => {
      const driver = new TestDriver(new VirtioRng(seededEntropy(7)), 0);
      for (const at of [0, 64]) {
        driver.add(0, part(at, 64, true));
        driver.notify(0);
        if (isMoved) driver.move(new VirtioRng(seededEntropy(1)));
      }
      return driver.get(B, 128);
    };
    expect(bytes(true)).toEqual(bytes(false));
  });

  it('of a 9p share has its fids; what cannot be opened again gives EIO', () => {
    volume.mkdirSync('/share/sub', { recursive: true });
    for (const name of ['kept', 'lost', 'gone', 'sub/inner']) {
      volume.writeFileSync(`/share/${name}`, `content of ${name}`);
    }
    const share = (): Virtio9p =>
      new Virtio9p(
        'tag',
        new FolderBackend(volume as never, {
          walk: new LstatWalk(volume as never, '/share'),
          isReadOnly: false,
          flags: LINUX_OPEN_FLAGS,
        }),
      );
    const driver = new TestDriver(share(), 1);
    const client = new TestClient((message) => {
      driver.put(B, message);
      driver.add(0, part(0, message.length, false), part(0x2_0000, 0x1_0000, true));
      driver.notify(0);
      return Uint8Array.from(driver.get(B + 0x2_0000, driver.takeUsed(0)[0]?.length ?? 0));
    });
    const [kept, lost, gone] = ['kept', 'lost', 'gone'].map((name) => client.open(2, name)) as [
      number,
      number,
      number,
    ];
    const directory = client.open(0, 'sub');
    client.call(76, u32(0), { text: 'gone' }, u32(0));
    expect(client.read(gone)).toBe('content of gone');
    volume.renameSync('/share/lost', '/share/elsewhere');
    driver.move(share());
    expect(client.read(kept)).toBe('content of kept');
    expect(client.write(kept, 'CONTENT')).toBe(7);
    expect(volume.readFileSync('/share/kept', 'utf8')).toBe('CONTENT of kept');
    expect(client.list(directory).sort()).toEqual(['.', '..', 'inner']);
    for (const fid of [lost, gone]) {
      const eio = new RemoteError(5);
      expect(() => client.read(fid)).toThrow(eio);
      expect(() => client.write(fid, 'x')).toThrow(eio);
      client.call(120, u32(fid));
    }
  });

  it('is refused by another device, and where a queue would leave RAM', () => {
    const driver = new TestDriver(new VirtioRng(seededEntropy(1)), 0);
    const state = driver.device.save() as Record<string, never>;
    const disk = new VirtioBlock(new MemoryDisk(new Uint8Array(512), false), '');
    expect(() => new TestDriver(disk, 0).device.restore(state)).toThrow('deviceId is not 2');
    const [queue] = state['queues'] as unknown as Record<string, number>[];
    const wild = { ...state, queues: [{ ...queue, used: RAM + 16 * 1024 * 1024 - 8 }] };
    expect(() => driver.device.restore(wild)).toThrow('not in RAM');
  });
});
