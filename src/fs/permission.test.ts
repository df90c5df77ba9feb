/** Permission bits: POSIX.1 4.7 and path_resolution(7). */
import { describe, expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { R_OK, W_OK, X_OK } from '../abi/fcntl.ts';
import { type AccessIdentity, mayAccess, NO_POWERS, ROOT_IDENTITY } from './permission.ts';
import { tmpfs } from './tmpfs/tmpfs.ts';

function makeSystem(): TestSystem {
  return new TestSystem(tmpfs.mount('', '', false, new TestContext()));
}

const OWNER = { uid: 5, gid: 50, groups: [], powers: NO_POWERS };
const MEMBER = { uid: 6, gid: 60, groups: [70, 50], powers: NO_POWERS };
const OTHER = { uid: 7, gid: 70, groups: [], powers: NO_POWERS };
const ROOT = ROOT_IDENTITY;

describe('mayAccess', () => {
  const system = makeSystem();
  system.write('/f', '');
  const inode = system.stat('/f');
  const check = (mode: number, identity: AccessIdentity, wanted: number) => {
    inode.setAttributes({ mode, uid: 5, gid: 50 });
    return mayAccess(inode, identity, wanted);
  };

  it.each([
    [0o700, true, false, false],
    [0o070, false, true, false],
    [0o007, false, false, true],
    [0o477, false, true, true],
  ])('looks at one class only: mode %o', (mode, owner, member, other) => {
    const all = R_OK | W_OK | X_OK;
    expect(check(mode, OWNER, all)).toBe(owner);
    expect(check(mode, MEMBER, all)).toBe(member);
    expect(check(mode, OTHER, all)).toBe(other);
  });

  it('lets root read and write anything, and execute what somebody may', () => {
    expect(check(0, ROOT, R_OK | W_OK)).toBe(true);
    expect(check(0o666, ROOT, X_OK)).toBe(false);
    expect(check(0o001, ROOT, X_OK)).toBe(true);
    system.mkdir('/d', 0);
    expect(mayAccess(system.stat('/d'), ROOT, X_OK)).toBe(true);
  });
});

describe('names', () => {
  it('keeps others from removing in a sticky directory: unlink(2)', () => {
    const system = makeSystem();
    system.mkdir('/tmp', 0o1777);
    system.stat('/tmp').setAttributes({ mode: 0o1777 });
    system.identity = OWNER;
    system.write('/tmp/mine', '');
    system.identity = OTHER;
    expect(errnoOf(() => system.unlink('/tmp/mine'))).toBe('EPERM');
    expect(errnoOf(() => system.rename('/tmp/mine', '/tmp/x'))).toBe('EPERM');
    system.write('/tmp/x', '');
    expect(errnoOf(() => system.rename('/tmp/x', '/tmp/mine'))).toBe('EPERM');
    system.identity = OWNER;
    expect(errnoOf(() => system.unlink('/tmp/mine'))).toBe('ok');
  });

  it('needs write permission on the directory', () => {
    const system = makeSystem();
    system.mkdir('/d', 0o755);
    system.identity = OTHER;
    expect(errnoOf(() => system.write('/d/f', ''))).toBe('EACCES');
    expect(errnoOf(() => system.unlink('/d/none'))).toBe('ENOENT');
  });

  it('hands on the group and bit of a set-group-id directory: mkdir(2)', () => {
    const system = makeSystem();
    system.mkdir('/g');
    system.stat('/g').setAttributes({ mode: 0o2777, gid: 50 });
    system.identity = OTHER;
    system.mkdir('/g/d');
    system.write('/g/f', '');
    expect(system.stat('/g/d').gid).toBe(50);
    expect(system.stat('/g/d').mode & 0o7777).toBe(0o2755);
    expect(system.stat('/g/f').gid).toBe(50);
  });
});
