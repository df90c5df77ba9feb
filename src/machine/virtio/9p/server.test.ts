/** The 9p server over a real folder: what works, what the host's state is then. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteError, str, TestClient, u8, u32, u64 } from '../../../../test/support/9p/client.ts';
import { hostFolder } from '../../host/host-folder.ts';
import { NinePServer } from './server.ts';

const O = { RDONLY: 0, WRONLY: 1, RDWR: 2, TRUNC: 0o1000 };
/** Linux errno numbers. */
const E = {
  PERM: 1,
  NOENT: 2,
  EXIST: 17,
  NOTDIR: 20,
  INVAL: 22,
  ROFS: 30,
  NOTEMPTY: 39,
  LOOP: 40,
  NOTSUP: 95,
};

let top: string;
let shared: string;
let client: TestClient;

function connect(): TestClient {
  const server = new NinePServer(hostFolder(shared, false));
  return new TestClient((message) => server.answer(message));
}

function errnoOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (error instanceof RemoteError) return error.errno;
    throw error;
  }
  return 0;
}

beforeEach(() => {
  top = fs.mkdtempSync(join(tmpdir(), 'hartix-9p-'));
  shared = join(top, 'shared');
  fs.mkdirSync(join(shared, 'sub'), { recursive: true });
  fs.writeFileSync(join(shared, 'hello'), 'hello, guest\n');
  fs.writeFileSync(join(shared, 'sub', 'inner'), 'inner');
  fs.writeFileSync(join(top, 'secret'), 'not yours');
  client = connect();
});

afterEach(() => fs.rmSync(top, { recursive: true }));

describe('files', () => {
  it('reads at any offset, up to the end', () => {
    const fid = client.open(O.RDONLY, 'hello');
    expect(client.read(fid)).toBe('hello, guest\n');
    expect(client.read(fid, 7, 5)).toBe('guest');
    expect(client.read(fid, 100)).toBe('');
    client.clunk(fid);
    expect(errnoOf(() => client.read(fid))).toBe(9);
  });

  it('creates, writes, truncates and sets the exact mode', () => {
    const fid = client.create(O.RDWR, 0o666, 'new', 'sub');
    expect(client.write(fid, 'abcdef')).toBe(6);
    client.write(fid, 'XY', 2);
    expect(fs.readFileSync(join(shared, 'sub/new'), 'utf8')).toBe('abXYef');
    expect(fs.statSync(join(shared, 'sub/new')).mode & 0o7777).toBe(0o666);
    client.call(
      26,
      u32(fid),
      u32(8),
      ...Array.from({ length: 3 }, () => u32(0)),
      u64(3),
      u64(0),
      u64(0),
      u64(0),
      u64(0),
    );
    expect(client.read(fid)).toBe('abX');
    expect(errnoOf(() => client.create(O.RDWR, 0o644, 'new', 'sub'))).toBe(E.EXIST);
    client.open(O.WRONLY | O.TRUNC, 'sub', 'new');
    expect(fs.statSync(join(shared, 'sub/new')).size).toBe(0);
  });

  it('shows files of the host user as root, with size and links', () => {
    fs.linkSync(join(shared, 'hello'), join(shared, 'second'));
    const attributes = client.attributes(client.walk('hello'));
    expect(attributes).toEqual({ mode: 0o100644, uid: 0, gid: 0, nlink: 2, size: 13 });
  });

  it('keeps an open file usable after unlink, and not by its name', () => {
    const fid = client.open(O.RDWR, 'hello');
    const other = client.walk('hello');
    client.call(76, u32(client.walk()), str('hello'), u32(0));
    expect(client.read(fid, 0, 5)).toBe('hello');
    expect(client.attributes(fid)).toMatchObject({ nlink: 0, size: 13 });
    expect(client.attributes(other).nlink).toBe(0);
    expect(errnoOf(() => client.walk('hello'))).toBe(E.NOENT);
    client.clunk(fid);
    expect(errnoOf(() => client.attributes(other))).toBe(E.NOENT);
  });

  it('sets times to the nanosecond that the host keeps, or to now', () => {
    const fid = client.walk('hello');
    client.call(
      26,
      u32(fid),
      u32(0x1b0),
      u32(0),
      u32(0),
      u32(0),
      u64(0),
      u64(1_000_000_000),
      u64(0),
      u64(1_500_000_000),
      u64(500_000_000),
    );
    const stat = fs.statSync(join(shared, 'hello'));
    expect(stat.atimeMs).toBe(1e12);
    expect(stat.mtimeMs).toBe(1_500_000_000_500);
  });

  it('never leaves a set-user-ID file on the host', () => {
    client.create(O.RDWR, 0o4755, 'tool');
    client.call(
      26,
      u32(client.walk('hello')),
      u32(1),
      u32(0o6777),
      ...[u32(0), u32(0)],
      ...Array.from({ length: 5 }, () => u64(0)),
    );
    expect(fs.statSync(join(shared, 'tool')).mode & 0o7777).toBe(0o755);
    expect(fs.statSync(join(shared, 'hello')).mode & 0o7777).toBe(0o777);
  });
});

describe('names', () => {
  it('lists a directory, in small pieces, too', () => {
    for (let i = 0; i < 100; i++) fs.writeFileSync(join(shared, 'sub', `file-${i}`), '');
    const expected = ['.', '..', ...fs.readdirSync(join(shared, 'sub'))].sort();
    expect(client.list(client.open(O.RDONLY, 'sub')).sort()).toEqual(expected);
    expect(client.list(client.open(O.RDONLY, 'sub'), 100).sort()).toEqual(expected);
  });

  it('makes and removes directories', () => {
    const root = client.walk();
    client.call(72, u32(root), str('d'), u32(0o750), u32(0));
    expect(fs.statSync(join(shared, 'd')).mode & 0o777).toBe(0o750);
    expect(errnoOf(() => client.call(76, u32(root), str('d'), u32(0)))).toBe(21);
    expect(errnoOf(() => client.call(76, u32(root), str('sub'), u32(0x200)))).toBe(E.NOTEMPTY);
    client.call(76, u32(root), str('d'), u32(0x200));
    expect(fs.existsSync(join(shared, 'd'))).toBe(false);
    expect(errnoOf(() => client.call(76, u32(root), str('hello'), u32(0x200)))).toBe(E.NOTDIR);
  });

  it('moves fids along when their directory is renamed', () => {
    const inner = client.walk('sub', 'inner');
    client.call(74, u32(client.walk()), str('sub'), u32(client.walk()), str('moved'));
    expect(client.attributes(inner).size).toBe(5);
    client.call(12, u32(inner), u32(O.RDONLY));
    expect(client.read(inner)).toBe('inner');
    expect(fs.readdirSync(shared).sort()).toEqual(['hello', 'moved']);
  });

  it('links and unlinks, and refuses device nodes', () => {
    const root = client.walk();
    client.call(70, u32(root), u32(client.walk('hello')), str('twin'));
    expect(fs.statSync(join(shared, 'twin')).nlink).toBe(2);
    const fifo = (): unknown =>
      client.call(18, u32(root), str('p'), u32(0o010644), u32(0), u32(0), u32(0));
    expect(errnoOf(fifo)).toBe(E.PERM);
    client.call(18, u32(root), str('plain'), u32(0o100600), u32(0), u32(0), u32(0));
    expect(fs.statSync(join(shared, 'plain')).mode & 0o777).toBe(0o600);
  });

  it('answers locks, statfs and extended attributes as Linux expects', () => {
    const fid = client.open(O.RDONLY, 'hello');
    expect(
      client.call(52, u32(fid), u8(0), u32(0), u64(0), u64(0), u32(1), str('guest')).getUint8(0),
    ).toBe(0);
    const getlock = client.call(54, u32(fid), u8(1), u64(5), u64(6), u32(7), str('guest'));
    expect([getlock.getUint8(0), getlock.getUint32(1, true), getlock.getUint32(9, true)]).toEqual([
      2, 5, 6,
    ]);
    const statfs = client.call(8, u32(fid));
    expect(statfs.getUint32(0, true)).toBe(0x0102_1997);
    expect(statfs.getBigUint64(8, true)).toBe(fs.statfsSync(shared, { bigint: true }).blocks);
    expect(errnoOf(() => client.call(30, u32(fid), u32(99), str('user.x')))).toBe(E.NOTSUP);
  });
});

it('leaves no descriptor open', () => {
  const count = (): number => fs.readdirSync('/proc/self/fd').length;
  if (!fs.existsSync('/proc/self/fd')) return;
  client = connect();
  const before = count();
  client.attributes(client.walk('sub', 'inner'));
  client.list(client.open(O.RDONLY, 'sub'));
  errnoOf(() => client.walk('sub', 'inner', 'x'));
  errnoOf(() => client.create(O.RDWR, 0o644, 'inner', 'sub'));
  client.call(74, u32(client.walk()), str('hello'), u32(client.walk('sub')), str('hello'));
  client.clunk(client.open(O.RDWR, 'sub', 'hello'));
  expect(count()).toBe(before);
});
