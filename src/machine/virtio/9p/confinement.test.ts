/** Every way out of a shared folder that must not be one, tried against a real folder. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteError, str, TestClient, u32, u64 } from '../../../../test/support/9p/client.ts';
import { hostFolder } from '../../host/host-folder.ts';
import type { FileBackend } from './backend.ts';
import { LstatWalk } from './directory-walk.ts';
import { FolderBackend } from './folder-backend.ts';
import { NinePServer } from './server.ts';
import type { SyncFs } from './sync-fs.ts';
import { isWindowsName } from './windows-name.ts';

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

/** As on a host without /proc: every name is looked at with lstat. */
function portableFolder(path: string, isReadOnly: boolean): FileBackend {
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const walk = new LstatWalk(fs, path);
  return new FolderBackend(fs, { walk, isReadOnly, flags: fs.constants, owner });
}

/** node:fs as on Windows: a backslash separates names, and case does not tell them apart (all are lower-case here). */
function windowsFs(): SyncFs {
  const translated = (argument: unknown): unknown => {
    if (typeof argument !== 'string' || !argument.startsWith(shared)) return argument;
    return shared + argument.slice(shared.length).replaceAll('\\', '/').toLowerCase();
  };
  return new Proxy(fs, {
    get: (target, name) => {
      const value = target[name as keyof typeof fs] as unknown;
      if (typeof value !== 'function') return value;
      return (...all: unknown[]) => value.apply(target, all.map(translated)) as unknown;
    },
  });
}

function windowsFolder(path: string, isReadOnly: boolean): FileBackend {
  const files = windowsFs();
  const walk = new LstatWalk(files, path);
  const options = { walk, isReadOnly, flags: fs.constants, accepts: isWindowsName };
  return new FolderBackend(files, options);
}

function connect(isReadOnly: boolean, folder: typeof hostFolder): TestClient {
  const server = new NinePServer(folder(shared, isReadOnly));
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
});

afterEach(() => fs.rmSync(top, { recursive: true }));

describe.each([
  ['by descriptors', hostFolder],
  ['by lstat', portableFolder],
])('the way out, %s,', (_name, folder) => {
  beforeEach(() => {
    client = connect(false, folder);
  });

  it('is not ..', () => {
    for (const names of [
      ['..', 'secret'],
      ['sub', '..', '..', 'secret'],
      ['..', '..', '..', 'etc'],
    ]) {
      expect(
        errnoOf(() => client.walk(...names)),
        names.join('/'),
      ).toBe(E.NOENT);
    }
    expect(client.list(client.open(O.RDONLY, '..', '..')).sort()).toEqual([
      '.',
      '..',
      'hello',
      'sub',
    ]);
  });

  it('is not a name with a slash, a dot or a NUL in it', () => {
    for (const name of ['../secret', '/etc/passwd', 'sub/inner', '', '.', 'a\0b']) {
      expect(
        errnoOf(() => client.walk(name)),
        JSON.stringify(name),
      ).toBe(E.INVAL);
      expect(errnoOf(() => client.create(O.RDWR, 0o644, name))).toBe(E.INVAL);
    }
    for (const name of ['..', '../evil', '/tmp/evil']) {
      const root = client.walk();
      expect(errnoOf(() => client.create(O.RDWR, 0o644, name))).toBe(E.INVAL);
      expect(errnoOf(() => client.call(72, u32(root), str(name), u32(0o755), u32(0)))).toBe(
        E.INVAL,
      );
      expect(errnoOf(() => client.call(76, u32(root), str(name), u32(0)))).toBe(E.INVAL);
      expect(errnoOf(() => client.call(74, u32(root), str('hello'), u32(root), str(name)))).toBe(
        E.INVAL,
      );
      expect(errnoOf(() => client.call(70, u32(root), u32(client.walk('hello')), str(name)))).toBe(
        E.INVAL,
      );
    }
  });

  it('is not a symbolic link of the host, absolute, relative or in the middle', () => {
    fs.symlinkSync(join(top, 'secret'), join(shared, 'absolute'));
    fs.symlinkSync('../secret', join(shared, 'relative'));
    fs.symlinkSync(top, join(shared, 'outside'));
    for (const name of ['absolute', 'relative', 'outside']) {
      expect(
        errnoOf(() => client.open(O.RDONLY, name)),
        name,
      ).toBe(E.LOOP);
      expect(
        errnoOf(() => client.open(O.WRONLY | O.TRUNC, name)),
        name,
      ).toBe(E.LOOP);
      const truncate = (): unknown =>
        client.call(
          26,
          u32(client.walk(name)),
          u32(8),
          u32(0),
          u32(0),
          u32(0),
          ...Array.from({ length: 5 }, () => u64(0)),
        );
      expect(errnoOf(truncate), name).toBe(E.LOOP);
      const chmod = (): unknown =>
        client.call(
          26,
          u32(client.walk(name)),
          u32(1),
          u32(0o777),
          u32(0),
          u32(0),
          ...Array.from({ length: 5 }, () => u64(0)),
        );
      expect(errnoOf(chmod), name).toBe(E.NOTSUP);
    }
    expect(errnoOf(() => client.walk('outside', 'secret'))).toBe(E.NOENT);
    expect(errnoOf(() => client.create(O.RDWR, 0o644, 'evil', 'outside'))).toBe(E.NOTDIR);
    expect(errnoOf(() => client.call(40, u32(client.walk('outside')), u64(0), u32(4096)))).toBe(
      E.NOTDIR,
    );
    expect(fs.readdirSync(top).sort()).toEqual(['secret', 'shared']);
    expect(fs.readFileSync(join(top, 'secret'), 'utf8')).toBe('not yours');
  });

  it('is not a link that the guest makes, nor a directory that becomes one', () => {
    client.call(16, u32(client.walk()), str('trap'), str('/etc'), u32(0));
    expect(fs.readlinkSync(join(shared, 'trap'))).toBe('/etc');
    const target = client.call(22, u32(client.walk('trap')));
    expect(target.getUint16(0, true)).toBe(4);
    expect(errnoOf(() => client.walk('trap', 'passwd'))).toBe(E.NOENT);
    const inner = client.walk('sub', 'inner');
    fs.renameSync(join(shared, 'sub'), join(shared, 'was-sub'));
    fs.symlinkSync(top, join(shared, 'sub'));
    fs.writeFileSync(join(top, 'inner'), 'outside');
    expect(errnoOf(() => client.call(12, u32(inner), u32(O.RDONLY)))).toBe(E.NOTDIR);
  });

  it('is not writing to a read-only share', () => {
    client = connect(true, folder);
    const root = client.walk();
    expect(client.read(client.open(O.RDONLY, 'hello'))).toBe('hello, guest\n');
    const attempts: (() => unknown)[] = [
      () => client.open(O.RDWR, 'hello'),
      () => client.open(O.RDONLY | O.TRUNC, 'hello'),
      () => client.create(O.RDWR, 0o644, 'x'),
      () => client.call(72, u32(root), str('d'), u32(0o755), u32(0)),
      () => client.call(16, u32(root), str('l'), str('t'), u32(0)),
      () => client.call(18, u32(root), str('n'), u32(0o100644), u32(0), u32(0), u32(0)),
      () => client.call(70, u32(root), u32(client.walk('hello')), str('t')),
      () => client.call(74, u32(root), str('hello'), u32(root), str('t')),
      () => client.call(20, u32(client.walk('hello')), u32(root), str('t')),
      () => client.call(76, u32(root), str('hello'), u32(0)),
      () => client.call(122, u32(client.walk('hello'))),
      () =>
        client.call(
          26,
          u32(client.walk('hello')),
          u32(1),
          u32(0),
          u32(0),
          u32(0),
          ...Array.from({ length: 5 }, () => u64(0)),
        ),
    ];
    for (const attempt of attempts) expect(errnoOf(attempt), attempt.toString()).toBe(E.ROFS);
    expect(fs.readdirSync(shared).sort()).toEqual(['hello', 'sub']);
  });

  it('is not a message that ends too early or is unknown', () => {
    expect(errnoOf(() => client.call(110, u32(0)))).toBe(71);
    expect(errnoOf(() => client.call(98))).toBe(E.NOTSUP);
  });
});

describe('on a host that is Windows', () => {
  beforeEach(() => {
    client = connect(false, windowsFolder);
  });

  it.each([
    '..\\secret',
    'sub\\..\\..\\secret',
    '\\secret',
    'c:secret',
    'c:\\secret',
    'hello:stream',
    'hello::$DATA',
    'con',
    'AUX.txt',
    'nul.tar.gz',
    'com1',
    'LPT\u00b9',
    'CONIN$',
    'hello.',
    'hello ',
    '... ',
    'a*',
    'a?b',
    'a|b',
    'a\u0001b',
  ])('%j leads nowhere', (name) => {
    expect(errnoOf(() => client.walk(name))).not.toBe(0);
    expect(errnoOf(() => client.open(O.RDONLY, name))).not.toBe(0);
    expect(errnoOf(() => client.create(O.RDWR, 0o644, name))).toBe(E.INVAL);
    const root = client.walk();
    expect(errnoOf(() => client.call(72, u32(root), str(name), u32(0o755), u32(0)))).toBe(E.INVAL);
    expect(errnoOf(() => client.call(74, u32(root), str('hello'), u32(root), str(name)))).toBe(
      E.INVAL,
    );
    expect(fs.readdirSync(top).sort()).toEqual(['secret', 'shared']);
    expect(fs.readdirSync(shared).sort()).toEqual(['hello', 'sub']);
  });

  it('names are the same in capitals, and links are links', () => {
    fs.symlinkSync('../secret', join(shared, 'link'));
    fs.symlinkSync(top, join(shared, 'folder'));
    expect(errnoOf(() => client.open(O.RDONLY, 'SUB', 'Inner'))).toBe(0);
    for (const name of ['link', 'LINK', 'Link'])
      expect(
        errnoOf(() => client.open(O.RDONLY, name)),
        name,
      ).toBe(E.LOOP);
    expect(errnoOf(() => client.walk('FOLDER', 'secret'))).not.toBe(0);
    expect(errnoOf(() => client.open(O.RDONLY, 'console'))).toBe(E.NOENT);
  });
});
