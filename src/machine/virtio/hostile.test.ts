/** Drivers that do anything: no device throws, hangs, touches memory outside the guest's, or is lost after a reset. */
import { fs as volume } from 'memfs';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/support/random.ts';
import {
  BUFFERS,
  INDIRECT,
  type Part,
  RAM,
  TestDriver,
} from '../../../test/support/virtio/driver.ts';
import { RAM_BASE } from '../hart-layout.ts';
import { LstatWalk } from './9p/directory-walk.ts';
import { FolderBackend } from './9p/folder-backend.ts';
import { LINUX_OPEN_FLAGS } from './9p/sync-fs.ts';
import { Virtio9p } from './9p.ts';
import { VirtioBalloon } from './balloon.ts';
import { VirtioBlock } from './block.ts';
import { VirtioConsole } from './console.ts';
import { VirtioKeyboard } from './keyboard.ts';
import type { VirtioModel } from './mmio.ts';
import { VirtioNet } from './net.ts';
import { MemoryDisk, OverlayDisk } from './overlay.ts';
import { seededEntropy, VirtioRng } from './rng.ts';

/** More of them by hand: HOSTILE_SEEDS=1000. */
const SEEDS = Number(process.env['HOSTILE_SEEDS'] ?? 20);
const STEPS = 250;
const RAM_BYTES = 16 * 1024 * 1024;
const RINGS_BYTES = 0x2_0000;
const REGISTERS = [
  0x14, 0x20, 0x24, 0x30, 0x38, 0x44, 0x50, 0x64, 0x70, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0xac,
  0xc0, 0x100, 0x104, 0x108,
];

/** A host that always has something to say. */
function chatter(random: Random): { read(into: Uint8Array): number; write(b: Uint8Array): number } {
  return {
    read: (into) => {
      const count = Math.min(into.length, random.below(100));
      for (let i = 0; i < count; i++) into[i] = i;
      return count;
    },
    write: (bytes) => random.below(bytes.length + 1),
  };
}

function makeShare(): Virtio9p {
  volume.rmSync('/hostile', { recursive: true, force: true });
  volume.mkdirSync('/hostile/share/sub', { recursive: true });
  volume.writeFileSync('/hostile/secret', 'not yours');
  volume.writeFileSync('/hostile/share/file', 'content');
  const walk = new LstatWalk(volume as never, '/hostile/share');
  const options = { walk, isReadOnly: false, flags: LINUX_OPEN_FLAGS };
  return new Virtio9p('tag', new FolderBackend(volume as never, options));
}

const MODELS: [string, (random: Random) => VirtioModel, (random: Random) => number[]][] = [
  [
    'block',
    () => new VirtioBlock(new OverlayDisk(new MemoryDisk(new Uint8Array(65_536), true)), 'x', 2),
    (random) => [random.pick([0, 1, 4, 8, 11, 13, 99]), 0, 0, 0, 0, 0, 0, 0, random.below(150)],
  ],
  [
    'net',
    (random) =>
      new VirtioNet(
        {
          send: () => undefined,
          receive: () => (random.chance(0.7) ? new Uint8Array(random.below(3000)) : undefined),
        },
        Uint8Array.of(2, 0, 0, 0, 0, 1),
      ),
    (random) => [random.below(3), random.below(7), random.below(4), 0, 0, 0],
  ],
  [
    'console',
    (random) => {
      const [first, second] = [chatter(random), chatter(random)];
      return new VirtioConsole(first, first, [
        { name: 'second', isConsole: random.chance(0.5), source: second, sink: second },
      ]);
    },
    (random) => [random.below(3), 0, 0, 0, random.below(9), 0, random.below(2), 0],
  ],
  ['rng', () => new VirtioRng(seededEntropy(1)), () => []],
  [
    '9p',
    makeShare,
    (random) => {
      const type = random.pick([8, 12, 14, 16, 18, 20, 22, 24, 26, 40, 50, 70, 72, 74, 76]);
      const other = random.pick([100, 104, 110, 116, 118, 120, 122]);
      const head = [random.below(256), 0, 0, 0, random.chance(0.5) ? type : other, 1, 0];
      return [...head, ...Array.from({ length: random.below(40) }, () => random.below(4))];
    },
  ],
  ['balloon', () => new VirtioBalloon(), (random) => [random.below(256), random.below(16), 8, 0]],
  [
    'keyboard',
    (random) => {
      const keyboard = new VirtioKeyboard();
      for (let i = 0; i < 100; i++) keyboard.key(random.below(100), random.chance(0.5));
      return keyboard;
    },
    (random) => [17, 0, random.below(4), 0, random.below(2), 0, 0, 0],
  ],
];

function anyLength(random: Random): number {
  return random.pick([
    0,
    1,
    7,
    16,
    512,
    513,
    4096,
    65_536,
    RAM_BYTES,
    0xffff_ffff,
    random.below(64),
  ]);
}

function anyAddress(random: Random): number {
  return random.pick([
    RAM + BUFFERS + random.below(65_536),
    RAM + BUFFERS,
    RAM + RAM_BYTES - random.below(64),
    RAM + random.below(RINGS_BYTES),
    RAM - random.below(4096),
    random.bits32(),
    2 ** 52,
  ]);
}

function anyPart(random: Random): Part {
  return {
    address: anyAddress(random),
    length: anyLength(random),
    isWritable: random.chance(0.5),
    flags: random.chance(0.1) ? INDIRECT : 0,
  };
}

/** A buffer that starts as one of the device's requests does. */
function offerRequest(driver: TestDriver, queue: number, request: number[], random: Random): void {
  driver.put(RAM + BUFFERS, request);
  const size = random.pick([request.length, 8, 12, 16, 64, 8192]);
  const parts: Part[] = [{ address: RAM + BUFFERS, length: size, isWritable: false }];
  if (random.chance(0.5)) parts.push({ ...anyPart(random), isWritable: false, flags: 0 });
  const room = random.pick([1, 8, 100, 513, 8192]);
  parts.push({ address: RAM + BUFFERS + 0x1_0000, length: room, isWritable: true });
  driver.add(queue, ...parts);
}

function step(driver: TestDriver, request: number[], random: Random): void {
  const queue = random.below(driver.device.model.queueCount + 1);
  const exists = queue < driver.device.model.queueCount;
  const action = random.below(100);
  if (action < 35 && exists) {
    offerRequest(driver, queue, request, random);
    driver.notify(queue);
  } else if (action < 50 && exists) {
    driver.add(queue, ...Array.from({ length: 1 + random.below(4) }, () => anyPart(random)));
    driver.notify(queue);
  } else if (action < 60) {
    driver.device.poll();
  } else if (action < 68) {
    const size = random.pick([1, 2, 4] as const);
    const value = random.chance(0.5) ? random.below(16) : random.bits32();
    driver.device.write(random.pick(REGISTERS), size, value % 2 ** (8 * size));
  } else if (action < 75) {
    driver.device.read(4 * random.below(128), random.pick([1, 2, 4]));
  } else if (action < 82) {
    driver.put(
      RAM + random.below(RINGS_BYTES),
      Array.from({ length: 16 }, () => random.below(256)),
    );
  } else if (action < 85 && exists) {
    driver.setAvailableIndex(queue, random.below(65_536));
    driver.notify(queue);
  } else if (action < 93) {
    driver.begin(random.chance(0.5) ? 0xffff_ffff & driver.device.model.features : 0, 0x101);
  } else {
    driver.notify(queue);
  }
}

/** Hart blocks and tables, which nobody has used here, lie before RAM in the same memory. */
const UNTOUCHED = Buffer.alloc(RAM_BASE);

describe('a hostile driver', () => {
  it.each(MODELS)('does not get past the %s device', (_name, make, request) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      const driver = new TestDriver(make(random), 0, 32);
      try {
        for (let i = 0; i < STEPS; i++) step(driver, request(random), random);
        driver.move(make(random));
        driver.begin(0);
        driver.device.poll();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      expect(driver.status(), `seed ${seed}`).toBe(15);
      const below = Buffer.from(driver.memory.wasm.buffer, 0, RAM_BASE);
      expect(below.equals(UNTOUCHED), `seed ${seed}`).toBe(true);
    }
    if (volume.existsSync('/hostile')) {
      expect(volume.readdirSync('/hostile').sort()).toEqual(['secret', 'share']);
      expect(volume.readFileSync('/hostile/secret', 'utf8')).toBe('not yours');
    }
  });
});
