/**
 * Whatever bytes a parser is given, it returns or refuses with the error that it is meant to refuse with: no crash, no endless loop, no
 * memory without end. Seeds are fixed; HARTIX_FUZZ_ROUNDS=100000 goes on longer than CI does.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, test, vi } from 'vitest';
import { KernelError } from '../../src/abi/errno.ts';
import { readPartitionTable } from '../../src/fs/partitions/partition-table.ts';
import { FilePart } from '../../src/image/content.ts';
import { expand } from '../../src/image/expand.ts';
import { ImageSourceError } from '../../src/image/image-source-error.ts';
import { archiveLayout } from '../../src/image/oci.ts';
import { Scratch } from '../../src/image/scratch.ts';
import { readTar } from '../../src/image/tar.ts';
import { boot } from '../../src/index.ts';
import { readLineTable } from '../../src/isa/dwarf/line-table.ts';
import { ElfError, readElfFunctions, readLineSections } from '../../src/isa/elf-code.ts';
import { parseDeviceTree } from '../../src/kernel/drivers/device-tree.ts';
import { readElf } from '../../src/kernel/elf.ts';
import { inflateZlib } from '../../src/lib/inflate.ts';
import { parseElf } from '../../src/machine/boot/elf.ts';
import { ImageError } from '../../src/machine/boot/image-error.ts';
import { flattenDeviceTree } from '../../src/machine/fdt.ts';
import { decodeSnapshot, encodeSnapshot, SnapshotError } from '../../src/machine/snapshot/file.ts';
import { RunLogError, readRunLog } from '../../src/machine-thread/repeat/run-log.ts';
import { VirtualTerminal } from '../../src/ui/virtual-terminal.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { mutate } from '../support/mutate.ts';
import { Random } from '../support/random.ts';

const HERE = import.meta.dirname;
const WORK = mkdtempSync(join(tmpdir(), 'hartix-parsers-'));
const ROUNDS = Number(process.env['HARTIX_FUZZ_ROUNDS'] ?? 400);
/** A hang, on any host. */
const MOST_MS = 30_000;

afterAll(() => rmSync(WORK, { recursive: true, force: true }));

const TREE = {
  name: '',
  properties: { '#address-cells': [2], compatible: ['riscv-virtio', 'other'], model: 'x' },
  children: [{ name: 'soc', properties: { ranges: true, reg: [0, 0x1000, 0, 16] } as const }],
};

type Errors = readonly (new (...args: never[]) => Error)[];

/** Feed `parse` damaged copies of `valid`; each result is one that it may have. */
function fuzz(
  valid: Uint8Array,
  headBytes: number,
  errors: Errors,
  parse: (bytes: Uint8Array) => unknown,
): void {
  expect(() => parse(valid)).not.toThrow();
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const bytes = mutate(valid, new Random(seed), headBytes);
    const start = performance.now();
    try {
      parse(bytes);
    } catch (error) {
      if (!errors.some((kind) => error instanceof kind))
        throw new Error(`seed ${seed}`, { cause: error });
    }
    const took = performance.now() - start;
    if (took > MOST_MS) throw new Error(`seed ${seed}: ${took} ms`);
  }
}

async function program(): Promise<Uint8Array> {
  const source = { file: join(HERE, 'code.c'), flags: ['-O1', '-g'] };
  const [path = ''] = await buildPrograms([source], resolve(HERE, '../../build/hostile'));
  return readFileSync(path);
}

test('programs that the kernel loads', async () => {
  const valid = (await program()).subarray(0, 65536);
  fuzz(valid, 600, [KernelError], (bytes) =>
    readElf((at, length) =>
      bytes.subarray(Math.min(at, bytes.length), Math.min(at + length, bytes.length)),
    ),
  );
});

test('programs that the machine boots', async () => {
  const valid = await program();
  fuzz(valid, 600, [ImageError], (bytes) => parseElf(bytes, 'kernel'));
});

test('symbols and lines of programs, read for profiles', async () => {
  const valid = await program();
  fuzz(valid, 600, [ElfError], (bytes) => readElfFunctions(bytes).lines.lineOf(0x10000));
});

test('line tables, damaged in their midst', async () => {
  const { line, lineStrings, strings } = readLineSections(await program());
  expect(line.length).toBeGreaterThan(1000);
  fuzz(line, line.length, [], (bytes) =>
    readLineTable({ line: bytes, lineStrings, strings }).lineOf(0x12000),
  );
});

test('device trees', () => {
  fuzz(flattenDeviceTree(TREE), 4096, [KernelError], parseDeviceTree);
});

test('archives', () => {
  const file = join(WORK, 'archive.tar');
  writeFileSync(join(WORK, 'a'), 'content\n');
  execFileSync('ln', ['-sf', 'a', join(WORK, `long-${'n'.repeat(150)}`)]);
  execFileSync('tar', ['--format=pax', '-C', WORK, '--exclude=archive.tar', '-cf', file, '.']);
  fuzz(readFileSync(file), 8192, [ImageSourceError], (bytes) => {
    writeFileSync(file, bytes);
    const descriptor = openSync(file, 'r');
    try {
      const part = new FilePart(descriptor, 0, bytes.length);
      let count = 0;
      for (const _entry of readTar(part, 'archive')) count++;
      archiveLayout(part, 'archive');
      return count;
    } finally {
      closeSync(descriptor);
    }
  });
});

test('compressed archives', async () => {
  const plain = Buffer.from(HERE.repeat(400));
  const xz = execFileSync('xz', ['-c'], { input: plain });
  const file = join(WORK, 'compressed');
  for (const valid of [gzipSync(plain), xz, zstdCompressSync(plain)]) {
    for (let seed = 1; seed <= ROUNDS / 8; seed++) {
      writeFileSync(file, mutate(valid, new Random(seed), valid.length));
      const scratch = new Scratch();
      try {
        // What the format's checksums do not cover may come out changed, but not as more than was put in.
        const { size } = await expand(scratch.open(file), 'archive', scratch);
        expect(size).toBeLessThanOrEqual(2 * plain.length);
      } catch (error) {
        if (!(error instanceof ImageSourceError)) throw new Error(`seed ${seed}`, { cause: error });
      } finally {
        scratch.close();
      }
    }
  }
});

test('recordings', async () => {
  const file = join(WORK, 'recording');
  await using os = await boot({ memory: '64M', record: file });
  await os.exec('cat; ls /', { input: 'some input\n' });
  await os.close();
  const valid = readFileSync(file);
  fuzz(valid, valid.length, [RunLogError], (bytes) => {
    writeFileSync(file, bytes);
    return readRunLog(file);
  });
});

test('snapshots, whose checksum is taken to be right', () => {
  const host = {
    compression: 'deflate',
    compress: (bytes: Uint8Array) => bytes,
    expand: (_codec: string, bytes: Uint8Array, length: number) => {
      if (bytes.length !== length) throw new RangeError('length');
      return bytes;
    },
    sha256: () => new Uint8Array(32),
  };
  const state = {
    harts: [{ pc: 5, x: Uint8Array.of(1, 2, 3) }],
    name: 'machine',
    list: [1, true, [false]],
  };
  const parts = encodeSnapshot({ state, blocks: [new Uint8Array(4096)] }, host);
  fuzz(Buffer.concat(parts), 400, [SnapshotError], (bytes) => decodeSnapshot(bytes, host));
});

test('deflated blocks', () => {
  const valid = deflateSync(Buffer.from(HERE.repeat(40)));
  fuzz(valid, valid.length, [], (bytes) => inflateZlib(bytes, 8192));
});

test('partition tables', () => {
  const disk = new Uint8Array(2 ** 20);
  const file = join(WORK, 'disk');
  writeFileSync(file, disk);
  execFileSync('/sbin/sfdisk', ['-q', file], { input: 'label: gpt\nsize=100\nsize=200\n' });
  fuzz(readFileSync(file), 34 * 512, [KernelError], (bytes) =>
    readPartitionTable({
      sectors: Math.floor(bytes.length / 512),
      read: (sector, target) =>
        target.set(bytes.subarray(sector * 512, sector * 512 + target.length)),
    }),
  );
});

/** Sequences that begin, parameters that are large, characters that are wide or broken. */
const PIECES = [
  '\x1b[',
  '\x1b]',
  '\x1bP',
  '\x1b_',
  '\x1b#8',
  '\x9b',
  '\x18',
  '\x07',
  '\x1b\\',
  ';',
  '?',
  '>',
  '!',
  '$',
  ' ',
  '"',
  '9999999999',
  '1',
  '2',
  '52;c;',
  '4;1;',
  '8;;',
  'm',
  'H',
  'J',
  'K',
  'L',
  'M',
  'S',
  'T',
  'X',
  '@',
  'P',
  'r',
  'h',
  'l',
  't',
  'c',
  'n',
  'q',
  'b',
  '1049h',
  '2026h',
  '\r',
  '\n',
  '\t',
  '\b',
  'x',
  '漢',
  '\u0301',
  '\u{1f469}\u200d\u{1f467}',
  '\ufe0f',
];

test('what a terminal is sent', async () => {
  const logged = vi.spyOn(console, 'error');
  const size = { rows: 24, columns: 80 };
  let replies = 0;
  const terminal = new VirtualTerminal(size, (data) => (replies += data.length));
  let sent = 0;
  for (let seed = 1; seed <= ROUNDS / 4; seed++) {
    const random = new Random(seed);
    let text = '';
    while (text.length < 4096) text += random.pick(PIECES);
    const bytes = mutate(new TextEncoder().encode(text), random);
    sent += bytes.length;
    const start = performance.now();
    await terminal.write(bytes);
    if (performance.now() - start > MOST_MS)
      throw new Error(`seed ${seed}: ${performance.now() - start} ms`);
  }
  // Neither wedged nor grown: a reset gives the screen back, and answers were shorter than questions.
  await terminal.write(new TextEncoder().encode('\x18\x1bc\x1b[?1049lok'));
  expect(
    terminal
      .lines()
      .map((line) => line.trim())
      .filter(Boolean),
  ).toEqual(['ok']);
  expect(replies).toBeLessThan(sent);
  expect(logged).not.toHaveBeenCalled();
  terminal.dispose();
});
