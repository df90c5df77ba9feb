/** Partition tables as sfdisk makes them, and damaged ones. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../crash/random.ts';
import { readPartitionTable, type SectorSource } from './partition-table.ts';

const SECTOR_BYTES = 512;
const SECTORS = 65_536;
const hasFdisk = spawnSync('sfdisk', ['-v']).status === 0;
if (!hasFdisk) console.warn('SKIPPED: sfdisk (package fdisk) is missing: no partition tables');

/** A disk with a partition table, and what sfdisk says of it: number, start, sectors. */
interface Table {
  readonly bytes: Buffer;
  readonly listed: readonly [number, number, number][];
}

const made = new Map<string, Table>();

/** A copy of the table that sfdisk makes of a script. */
function sfdisk(script: string): Table {
  const table = made.get(script) ?? make(script);
  made.set(script, table);
  return { bytes: Buffer.from(table.bytes), listed: table.listed };
}

function make(script: string): Table {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-table-'));
  try {
    const file = join(folder, 'd');
    writeFileSync(file, '');
    truncateSync(file, SECTORS * SECTOR_BYTES);
    expect(spawnSync('sfdisk', ['-q', file], { input: script }).status).toBe(0);
    const { stdout } = spawnSync('sfdisk', ['-d', file], { encoding: 'utf8' });
    const listed = [...stdout.matchAll(/^\S+?d(\d+) : start= *(\d+), size= *(\d+)/gm)].map(
      ([, ...numbers]) => numbers.map(Number) as [number, number, number],
    );
    return { bytes: readFileSync(file), listed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function diskOf(bytes: Uint8Array): SectorSource {
  return {
    sectors: bytes.length / SECTOR_BYTES,
    read(sector, target) {
      const at = sector * SECTOR_BYTES;
      target.set(bytes.subarray(at, at + target.length));
    },
  };
}

const read = (bytes: Uint8Array) => readPartitionTable(diskOf(bytes));
const found = (bytes: Uint8Array) =>
  read(bytes)?.entries.map(({ number, start, sectors }) => [number, start, sectors]);

const GPT = 'label: gpt\nsize=2M\nsize=4M, name="x"\n12: start=40000, size=100\n';
const DOS = 'label: dos\nsize=1M\nsize=20M, type=5\nsize=1M\nsize=2M\nsize=3M\nsize=1M\n';

describe.skipIf(!hasFdisk)('partition tables', () => {
  it('of the GPT kind are what sfdisk says', () => {
    const { bytes, listed } = sfdisk(GPT);
    expect(found(bytes)).toEqual(listed);
    expect(listed.at(-1)).toEqual([12, 40000, 100]);
    expect(read(bytes)?.warnings).toEqual([]);
  });

  it('of the MBR kind too, logical partitions among them; of the extended one its record is shown', () => {
    const { bytes, listed } = sfdisk(DOS);
    expect(listed.map(([number]) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(found(bytes)).toEqual(
      listed.map(([number, start, sectors]) => [number, start, number === 2 ? 2 : sectors]),
    );
  });

  it.each([
    ['signature', SECTOR_BYTES],
    ['header', SECTOR_BYTES + 72],
    ['entries', 2 * SECTOR_BYTES + 40],
  ])('with a damaged %s of the GPT are read from its copy', (_, at) => {
    const { bytes, listed } = sfdisk(GPT);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(found(bytes)).toEqual(listed);
    expect(read(bytes)?.warnings).toEqual(['Primary GPT is invalid, using alternate GPT.']);
    const copy = bytes.length - SECTOR_BYTES + 16;
    bytes[copy] = (bytes[copy] ?? 0) ^ 1;
    expect(read(bytes)).toBe(undefined);
  });

  it('with a damaged copy say so', () => {
    const { bytes, listed } = sfdisk(GPT);
    bytes.fill(0, bytes.length - SECTOR_BYTES);
    expect(found(bytes)).toEqual(listed);
    expect(read(bytes)?.warnings).toEqual(['Alternate GPT is invalid, using primary GPT.']);
  });

  it('with a chain of boot records that is a loop come to an end', () => {
    const { bytes } = sfdisk(DOS);
    const extended = bytes.readUInt32LE(446 + 16 + 8);
    // The link of the first record leads to itself.
    bytes.writeUInt32LE(0, extended * SECTOR_BYTES + 446 + 16 + 8);
    expect(found(bytes)?.length).toBeGreaterThan(3);
    expect(found(bytes)?.length).toBeLessThan(300);
  });

  it('with any bytes changed lie inside the disk, or are none', () => {
    const seed = 20261121;
    const random = randomFrom(seed);
    for (const script of [GPT, DOS]) {
      const { bytes } = sfdisk(script);
      for (let i = 0; i < 300; i++) {
        const start = Buffer.from(bytes.subarray(0, 2 * SECTOR_BYTES));
        for (let flips = 0; flips < 4; flips++) {
          bytes[440 + Math.floor(random() * 200)] = Math.floor(random() * 256);
        }
        const table = read(bytes);
        start.copy(bytes);
        for (const { start, sectors } of table?.entries ?? []) {
          expect([start >= 0, sectors > 0], `seed ${seed}, ${i}`).toEqual([true, true]);
        }
      }
    }
  });
});

it('a disk that is one FAT file system has no partitions', () => {
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set([0xeb, 0x3c, 0x90]);
  sector.set([1, 0, 2], 14);
  sector[21] = 0xf8;
  // Boot code where a table would be.
  sector.set([0x55, 0xaa], 510);
  expect(read(sector)).toBe(undefined);
  sector.set([0x31, 0xc0, 0x8e, 0xd8], 446);
  expect(read(sector)).toBe(undefined);
});
