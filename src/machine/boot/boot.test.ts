/** Images and their places: ELF files and Linux headers made by hand from their specifications. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompress } from '../host/decompress.ts';
import { parseElf } from './elf.ts';
import { ImageError } from './image-error.ts';
import { type BootOptions, planBoot } from './plan.ts';

const RAM = 0x8000_0000;
const MIB = 1024 * 1024;
const VIRTUAL = 0xffff_ffff_8000_0000n;

interface ElfFields {
  readonly machine?: number;
  readonly elfClass?: number;
  readonly type?: number;
  readonly entry?: bigint;
  readonly physical?: number;
  readonly fileBytes?: number;
  readonly memoryBytes?: number;
}

/** One loadable segment of 16 bytes at file offset 120. */
function elf(fields: ElfFields = {}): Uint8Array {
  const bytes = new Uint8Array(136).fill(0x5a, 120);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, fields.elfClass ?? 2, 1, 1]);
  view.setUint16(16, fields.type ?? 2, true);
  view.setUint16(18, fields.machine ?? 243, true);
  view.setBigUint64(24, fields.entry ?? VIRTUAL + 4n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setBigUint64(72, 120n, true);
  view.setBigUint64(80, VIRTUAL, true);
  view.setBigUint64(88, BigInt(fields.physical ?? RAM), true);
  view.setBigUint64(96, BigInt(fields.fileBytes ?? 16), true);
  view.setBigUint64(104, BigInt(fields.memoryBytes ?? 4096), true);
  return bytes;
}

/** A Linux image whose memory is 3 MiB: Documentation/arch/riscv/boot-image-header.rst. */
function linux(): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, 0x20_0000n, true);
  view.setBigUint64(16, BigInt(3 * MIB), true);
  view.setBigUint64(48, 0x5643_5349_52n, true);
  view.setUint32(56, 0x0543_5352, true);
  return bytes;
}

function plan(options: Partial<BootOptions>) {
  return planBoot({ firmware: 'automatic', ramBase: RAM, ramBytes: 64 * MIB, ...options });
}

describe('ELF', () => {
  it('gives segments at physical addresses, and the entry through the one that it lies in', () => {
    const program = parseElf(elf(), 'k');
    expect(program.entry).toBe(RAM + 4);
    expect(program.segments).toHaveLength(1);
    expect(program.segments[0]).toMatchObject({ address: RAM, memoryBytes: 4096 });
    expect(program.segments[0]?.bytes).toEqual(new Uint8Array(16).fill(0x5a));
  });

  it.each([
    ['another processor', elf({ machine: 62 }), /another processor/],
    ['32 bits', elf({ elfClass: 1 }), /32-bit/],
    ['cut off in the segment', elf().subarray(0, 130), /cut off/],
    ['cut off in the program headers', elf().subarray(0, 100), /cut off/],
    ['cut off in the header', elf().subarray(0, 40), /within its header/],
    ['more in the file than in memory', elf({ memoryBytes: 8 }), /damaged/],
    ['an entry outside', elf({ entry: 0x1000n }), /entry 0x1000 lies in none/],
    ['nothing to load', elf({ fileBytes: 0, memoryBytes: 0 }), /nothing to load/],
  ])('refuses %s', (_what, bytes, message) => {
    expect(() => parseElf(bytes, 'k')).toThrow(ImageError);
    expect(() => parseElf(bytes, 'k')).toThrow(message);
  });

  it('answers a damaged file with a program or an ImageError', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(119), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bytes = elf();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            planBoot({
              firmware: { name: 'k', bytes },
              ramBase: RAM,
              ramBytes: 64 * MIB,
            });
          } catch (error) {
            expect(error).toBeInstanceOf(ImageError);
          }
        },
      ),
      { seed: 20261121, numRuns: 2000 },
    );
  });
});

describe('places', () => {
  it('lets a kernel in the place of firmware run without any', () => {
    expect(plan({ kernel: { name: 'k', bytes: elf() } })).toMatchObject({
      entry: RAM + 4,
      isBuiltIn: false,
    });
    const above = elf({ physical: RAM + 0x20_0000 });
    expect(plan({ kernel: { name: 'k', bytes: above } })).toMatchObject({
      entry: RAM + 0x20_0004,
      isBuiltIn: true,
    });
  });

  it('moves what is position-independent and linked below RAM to its place', () => {
    const bytes = elf({ type: 3, physical: 0 });
    const firmware = plan({ firmware: { name: 'f', bytes } });
    expect(firmware).toMatchObject({ entry: RAM + 4, segments: [{ address: RAM }] });
    const kernel = plan({ kernel: { name: 'k', bytes } });
    expect(kernel).toMatchObject({ entry: RAM + 0x20_0004, isBuiltIn: true });
    const bare = plan({ firmware: 'none', kernel: { name: 'k', bytes } });
    expect(bare).toMatchObject({ entry: RAM + 4, isBuiltIn: false });
    const fixed = elf({ type: 3, physical: RAM + 0x1000 });
    expect(plan({ firmware: { name: 'f', bytes: fixed } }).entry).toBe(RAM + 0x1004);
  });

  it('puts Linux at its offset with its whole memory, and the initial RAM disk behind it', () => {
    const initrd = { name: 'i', bytes: new Uint8Array(5000) };
    const {
      entry,
      segments,
      initrd: range,
    } = plan({ kernel: { name: 'l', bytes: linux() }, initrd });
    expect(entry).toBe(RAM + 0x20_0000);
    expect(segments[0]).toMatchObject({ address: entry, memoryBytes: 3 * MIB });
    expect(range).toBeDefined();
    expect((range?.start ?? 0) % 4096).toBe(0);
    expect(range?.start).toBeGreaterThanOrEqual(entry + 3 * MIB);
    expect(range?.end).toBe((range?.start ?? 0) + 5000);
    expect(range?.end).toBeLessThanOrEqual(RAM + 64 * MIB);
  });

  it('starts firmware, and tells it where the kernel is', () => {
    const firmware = { name: 'f', bytes: new Uint8Array(100) };
    const result = plan({ firmware, kernel: { name: 'l', bytes: linux() } });
    expect(result).toMatchObject({
      entry: RAM,
      kernelEntry: RAM + 0x20_0000,
      isBuiltIn: false,
    });
  });

  it.each<[string, Partial<BootOptions>, RegExp]>([
    ['nothing', {}, /nothing to boot/],
    [
      'too little RAM',
      { kernel: { name: 'l', bytes: linux() }, ramBytes: 4 * MIB },
      /l takes 0x80200000 to 0x80500000.*--memory/,
    ],
    [
      'a place below RAM',
      { firmware: 'none', kernel: { name: 'k', bytes: elf({ physical: 0x1000 }) } },
      /RAM begins at 0x80000000/,
    ],
    [
      'an overlap',
      { firmware: { name: 'f', bytes: elf() }, kernel: { name: 'k', bytes: elf() } },
      /f and k overlap at 0x80000000/,
    ],
    [
      'an initial RAM disk that is too large',
      {
        kernel: { name: 'l', bytes: linux() },
        initrd: { name: 'i', bytes: new Uint8Array(70 * MIB) },
      },
      /i does not fit.*--memory/,
    ],
  ])('refuses %s', (_what, options, message) => {
    expect(() => plan(options)).toThrow(message);
  });
});

describe('compressed files', () => {
  const content = linux();

  it('expands gzip and zstd, and what an EFI zboot image carries', () => {
    const gzip = gzipSync(content);
    expect(Buffer.from(decompress(gzip, 'k', MIB)).equals(content)).toBe(true);
    expect(Buffer.from(decompress(zstdCompressSync(content), 'k', MIB)).equals(content)).toBe(true);
    expect(decompress(content, 'k', MIB)).toBe(content);
    const zboot = new Uint8Array(64 + gzip.length);
    const view = new DataView(zboot.buffer);
    zboot.set([0x4d, 0x5a, 0, 0, 0x7a, 0x69, 0x6d, 0x67]);
    view.setUint32(8, 64, true);
    view.setUint32(12, gzip.length, true);
    zboot.set(gzip, 64);
    expect(Buffer.from(decompress(zboot, 'k', MIB)).equals(content)).toBe(true);
    expect(() => decompress(zboot.subarray(0, 70), 'k', MIB)).toThrow(/cut off/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a cut file', gzipSync(content).subarray(0, 20), /gzip data is damaged/],
    ['a bomb', gzipSync(new Uint8Array(2 * MIB)), /more than the memory.*--memory/],
    ['xz', Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /compressed with xz/],
    ['bzip2', Uint8Array.of(0x42, 0x5a, 0x68, 0x39), /compressed with bzip2/],
  ])('refuses %s', (_what, bytes, message) => {
    expect(() => decompress(bytes, 'k', MIB)).toThrow(ImageError);
    expect(() => decompress(bytes, 'k', MIB)).toThrow(message);
  });
});
