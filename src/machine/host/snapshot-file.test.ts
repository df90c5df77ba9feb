import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expandFile, readSnapshot, writeSnapshot } from './snapshot-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'hartix-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true }));
const content = { state: { name: 'machine' }, blocks: [new Uint8Array(1 << 20).fill(7)] };

describe('a snapshot on disk', () => {
  it('is compressed, and read back', () => {
    const path = join(folder, 'a');
    const length = writeSnapshot(path, content);
    expect(length).toBe(readFileSync(path).length);
    expect(length).toBeLessThan(10_000);
    const { state, blocks } = readSnapshot(path);
    expect(state).toEqual(content.state);
    expect(Buffer.compare(blocks[0] ?? Buffer.alloc(0), content.blocks[0] ?? Buffer.alloc(0))).toBe(
      0,
    );
  });

  it('takes the place of an older one only when it is whole', () => {
    const path = join(folder, 'b');
    writeFileSync(path, 'older');
    const wrong = { state: {}, blocks: ['not bytes' as unknown as Uint8Array, undefined as never] };
    expect(() => writeSnapshot(path, wrong)).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('older');
    writeSnapshot(path, content);
    expect(readSnapshot(path).state).toEqual(content.state);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('is the same without compression, and what was altered is found unless it is trusted', () => {
    const path = join(folder, 'e');
    writeSnapshot(path, content);
    const plain = expandFile(readFileSync(path));
    expect(plain.length).toBeGreaterThan(1 << 20);
    writeFileSync(path, plain);
    expect(readSnapshot(path)).toEqual(readSnapshot(path, true));
    expect(readSnapshot(path).blocks[0]?.every((byte) => byte === 7)).toBe(true);
    plain[plain.length - 1] = 8;
    writeFileSync(path, plain);
    expect(() => readSnapshot(path)).toThrow(/checksum/);
    expect(readSnapshot(path, true).blocks[0]?.at(-1)).toBe(8);
    writeFileSync(path, plain.subarray(0, -1));
    expect(() => readSnapshot(path, true)).toThrow(/cut off/);
  });

  it('says where it cannot be written', () => {
    const path = join(folder, 'none', 'd');
    expect(() => writeSnapshot(path, content)).toThrow(`cannot write '${path}': ENOENT`);
  });

  it('is refused when it is cut off or not there', () => {
    const path = join(folder, 'c');
    writeSnapshot(path, content);
    truncateSync(path, 100);
    expect(() => readSnapshot(path)).toThrow(/cut off/);
    expect(() => readSnapshot(join(folder, 'none'))).toThrow(/cannot read/);
  });
});
