/** A memfs volume as a 9p share. */
import { Volume } from 'memfs';
import { describe, expect, it } from 'vitest';
import { RemoteError, str, TestClient, u32 } from '../../../../test/support/9p/client.ts';
import { LstatWalk } from './directory-walk.ts';
import { FolderBackend } from './folder-backend.ts';
import { NinePServer } from './server.ts';
import { LINUX_OPEN_FLAGS, type SyncFs } from './sync-fs.ts';

describe('a memfs volume', () => {
  const volume = Volume.fromJSON({ '/notes/today': 'buy milk', '/empty': '' });
  volume.symlinkSync('/notes/today', '/link');
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  // memfs declares its own Stats and buffers; their fields are those of node:fs.
  const volumeFs: SyncFs = Object.assign(Object.create(volume), {});
  const walk = new LstatWalk(volumeFs, '');
  const options = { walk, isReadOnly: false, flags: LINUX_OPEN_FLAGS, owner };
  const server = new NinePServer(new FolderBackend(volumeFs, options));
  const client = new TestClient((message) => server.answer(message));

  it('is read, listed and written', () => {
    expect(client.read(client.open(0, 'notes', 'today'))).toBe('buy milk');
    expect(client.list(client.open(0)).sort()).toEqual(['.', '..', 'empty', 'link', 'notes']);
    const fid = client.create(2, 0o640, 'new', 'notes');
    client.write(fid, 'from the guest');
    expect(client.read(fid, 5)).toBe('the guest');
    expect(volume.readFileSync('/notes/new', 'utf8')).toBe('from the guest');
    expect(client.attributes(fid)).toMatchObject({ mode: 0o100640, uid: 0, gid: 0, size: 14 });
  });

  it('renames, removes, and reports errors by Linux numbers', () => {
    client.call(74, u32(client.walk()), str('empty'), u32(client.walk('notes')), str('moved'));
    expect(volume.readdirSync('/notes')).toContain('moved');
    client.call(76, u32(client.walk('notes')), str('moved'), u32(0));
    expect(volume.readdirSync('/notes')).not.toContain('moved');
    const errno = (action: () => unknown): number => {
      try {
        action();
      } catch (error) {
        if (error instanceof RemoteError) return error.errno;
        throw error;
      }
      return 0;
    };
    expect(errno(() => client.walk('nothing'))).toBe(2);
    expect(errno(() => client.open(0, 'link'))).toBe(40);
    expect(errno(() => client.call(76, u32(client.walk()), str('notes'), u32(0x200)))).toBe(39);
  });
});
