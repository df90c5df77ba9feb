/** A device that is saved in the midst of activity and restored elsewhere behaves as the one that was saved. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../test/support/random.ts';
import { Clint } from './clint.ts';
import type { Device } from './device.ts';
import { Plic } from './plic.ts';
import { RtcGoldfish } from './rtc-goldfish.ts';
import { Uart16550 } from './uart16550.ts';

const ignore = (): void => undefined;

/** One device with a record of all that it did to the outside. */
interface Specimen {
  readonly device: Device;
  readonly effects: string[];
  /** Something else than an access happens to it. */
  disturb(random: Random): void;
}

function wire(effects: string[]): { set(isHigh: boolean): void; pulse(): void } {
  let level = false;
  return {
    set: (isHigh) => {
      if (isHigh !== level) effects.push(isHigh ? 'high' : 'low');
      level = isHigh;
    },
    pulse: () => effects.push('pulse'),
  };
}

/** The host's time, in whatever unit the device has: the same for both machines. */
interface World {
  now: number;
}

function makePlic(): Specimen {
  const effects: string[] = [];
  const plic = new Plic(4, (context, isPending) => effects.push(`${context}:${isPending}`));
  return {
    device: plic,
    effects,
    disturb: (random) => {
      const source = 1 + random.below(95);
      if (random.chance(0.2)) plic.pulse(source);
      else plic.setLevel(source, random.chance(0.5));
    },
  };
}

/** Offsets that reach every kind of register of the PLIC. */
function plicOffset(random: Random): number {
  const context = random.below(9);
  return random.pick([
    4 * random.below(100),
    0x1000 + 4 * random.below(3),
    0x2000 + 0x80 * context + 4 * random.below(3),
    0x20_0000 + 0x1000 * context,
    0x20_0004 + 0x1000 * context,
  ]);
}

function makeClint(world: World): Specimen {
  const effects: string[] = [];
  const clock = {
    now: () => world.now,
    charge: ignore,
    advanceTo: ignore,
    pause: ignore,
    resume: ignore,
    save: () => 0,
    restore: ignore,
    isVirtual: true,
    alarm: Infinity,
  };
  const harts = [0, 1].map((id) => {
    let mip = 0;
    return {
      setMip: (bits: number, isPending: boolean): void => {
        const next = isPending ? mip | bits : mip & ~bits;
        if (next !== mip) effects.push(`${id}:${next}`);
        mip = next;
      },
    };
  });
  const device = new Clint(clock, harts, () => undefined);
  return { device, effects, disturb: () => device.update() };
}

function makeUart(): Specimen {
  const effects: string[] = [];
  let typed: number[] = [];
  const source = {
    read: (into: Uint8Array): number => {
      const bytes = typed.splice(0, into.length);
      into.set(bytes);
      return bytes.length;
    },
  };
  const sink = { write: (bytes: Uint8Array): number => effects.push(`print ${[...bytes]}`) };
  const device = new Uart16550(wire(effects), source, sink);
  return {
    device,
    effects,
    disturb: (random) => {
      typed = Array.from({ length: random.below(20) }, () => random.below(256));
      device.poll();
      typed = [];
    },
  };
}

function makeRtc(world: World): Specimen {
  const effects: string[] = [];
  const device = new RtcGoldfish(wire(effects), () => 1e18 + world.now * 2 ** 20);
  return { device, effects, disturb: () => device.poll() };
}

const offsetIn =
  (offsets: readonly number[]) =>
  (random: Random): number =>
    random.pick(offsets);

const DEVICES: [string, (world: World) => Specimen, (random: Random) => number, number][] = [
  ['PLIC', makePlic, plicOffset, 4],
  ['CLINT', makeClint, offsetIn([0, 4, 0x4000, 0x4004, 0x4008, 0x400c, 0xbff8, 0xbffc]), 4],
  ['UART', makeUart, offsetIn([0, 1, 2, 3, 4, 5, 6, 7]), 1],
  ['RTC', makeRtc, offsetIn([0, 4, 8, 12, 16, 20, 24, 28]), 4],
];

function act(specimen: Specimen, offset: number, size: number, random: Random): number {
  const { device } = specimen;
  const kind = random.below(3);
  if (kind === 0) return device.read(offset, size);
  if (kind === 1) {
    const value = random.chance(0.5) ? random.below(8) : random.bits32();
    return device.write(offset, size, value % 2 ** (8 * size));
  }
  specimen.disturb(random);
  return 0;
}

describe('saved state', () => {
  it.each(DEVICES)('of the %s goes on where it was', (_name, make, offsetOf, size) => {
    for (let seed = 1; seed <= 30; seed++) {
      const world = { now: 0 };
      const original = make(world);
      const random = new Random(seed);
      for (let i = 0; i < 300; i++) {
        world.now += random.below(1000);
        act(original, offsetOf(random), size, random);
      }
      const restored = make(world);
      restored.device.restore(structuredClone(original.device.save()));
      expect(restored.device.save(), `seed ${seed}`).toEqual(original.device.save());
      original.effects.length = 0;
      restored.effects.length = 0;
      const [one, other] = [new Random(seed + 1000), new Random(seed + 1000)];
      for (let i = 0; i < 300; i++) {
        world.now += random.below(1000);
        const value = act(original, offsetOf(one), size, one);
        const again = act(restored, offsetOf(other), size, other);
        expect(again, `seed ${seed}, step ${i}`).toBe(value);
        expect(restored.effects, `seed ${seed}, step ${i}`).toEqual(original.effects);
      }
    }
  });

  it.each(DEVICES)('of the %s is refused where it makes no sense', (_name, make) => {
    expect(() => make({ now: 0 }).device.restore({})).toThrow('saved state of');
    expect(() => make({ now: 0 }).device.restore([1, 2, 3])).toThrow('not a record of fields');
  });
});
