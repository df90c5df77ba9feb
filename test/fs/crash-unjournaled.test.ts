/**
 * Without a journal: one block is appended to a file, and of the three writes that this takes (data, inode, bitmap) each subset
 * reaches the disk. What is then found is the table of the courses (OSTEP, "Crash Consistency: FSCK and Journaling").
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { O_APPEND, O_WRONLY } from '../../src/abi/fcntl.ts';
import { RecordingDisk } from '../../src/fs/crash/recording-disk.ts';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { hasTools, loadBytes, mke2fs, saveImage, withFile } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';

const BLOCK_BYTES = 1024;

function mounted(context: TestContext, disk: MemoryDisk): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(ext4.mount('/dev/vda', '', false, context));
}

interface Append {
  readonly context: TestContext;
  readonly before: MemoryDisk;
  readonly writes: readonly { readonly sector: number; readonly bytes: Uint8Array }[];
}

/** The writes of an append, and the disk in front of them. */
function recordAppend(): Append {
  const context = new TestContext();
  const origin = loadBytes(
    mke2fs('4M', '-t', 'ext2', '-b', String(BLOCK_BYTES), '-O', '^dir_index,^resize_inode'),
    context,
  );
  const first = mounted(context, origin);
  first.write('/f', 'a'.repeat(BLOCK_BYTES));
  first.mounts.unmountAll();
  const disk = new RecordingDisk(origin, context.frames);
  const system = mounted(context, disk);
  const file = system.open('/f', O_WRONLY | O_APPEND);
  file.write(new BytesBuffer(new Uint8Array(BLOCK_BYTES).fill(0x62)), 0);
  file.inode.sync(false);
  file.release();
  const writes = disk.requests.flatMap((request) => (request.kind === 'write' ? [request] : []));
  return { context, before: disk.before, writes };
}

type Part = 'data' | 'inode' | 'bitmap' | 'counters';

/** By content and place: the table of group 0 and its bitmaps lie where dumpe2fs has them. */
function partOf(
  { sector, bytes }: Append['writes'][number],
  bitmapBlock: number,
  tableBlock: number,
): Part {
  const block = (sector * 512) / BLOCK_BYTES;
  if (bytes[0] === 0x62) return 'data';
  if (block === bitmapBlock) return 'bitmap';
  return block >= tableBlock && block < tableBlock + 200 ? 'inode' : 'counters';
}

function judge({ context, before, writes }: Append, parts: readonly Part[]): string {
  const disk = new MemoryDisk('cut', before.sectors * 512, context.frames);
  for (const [at, bytes] of before.content()) disk.write(at / 512, bytes);
  return withFile((file) => {
    saveImage(disk, file);
    const groups = spawnSync('dumpe2fs', [file], { encoding: 'utf8' }).stdout;
    const bitmapBlock = Number(/Block bitmap at (\d+)/.exec(groups)?.[1]);
    const tableBlock = Number(/Inode table at (\d+)/.exec(groups)?.[1]);
    for (const write of writes) {
      if (!parts.includes(partOf(write, bitmapBlock, tableBlock))) continue;
      disk.write(write.sector, write.bytes);
    }
    saveImage(disk, file);
    const { stdout } = spawnSync('e2fsck', ['-fn', file], { encoding: 'utf8' });
    const found: string[] = [];
    if (/Block bitmap differences: .*\+/.test(stdout)) found.push('in use but free');
    if (/Block bitmap differences: .*-/.test(stdout)) found.push('space leak');
    const { stdout: text } = spawnSync('debugfs', ['-R', 'cat /f', file], { encoding: 'latin1' });
    const rest = text.slice(BLOCK_BYTES);
    found.push(rest === '' ? 'missed update' : rest.startsWith('b') ? 'new data' : 'garbage');
    return found.join(', ');
  });
}

describe.skipIf(!hasTools)('an append without a journal, cut short', () => {
  it.each([
    [['data'], 'missed update'],
    [['inode'], 'in use but free, garbage'],
    [['bitmap'], 'space leak, missed update'],
    [['inode', 'bitmap'], 'garbage'],
    [['inode', 'data'], 'in use but free, new data'],
    [['bitmap', 'data'], 'space leak, missed update'],
    [['inode', 'bitmap', 'data'], 'new data'],
  ] as const)('only %s: %s', (parts, expected) => {
    expect(judge(recordAppend(), parts)).toBe(expected);
  });
});
