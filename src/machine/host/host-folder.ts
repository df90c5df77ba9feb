/** A folder of the host, shared with the guest. */
import * as fs from 'node:fs';
import type { FileBackend } from '../virtio/9p/backend.ts';
import { LstatWalk } from '../virtio/9p/directory-walk.ts';
import { FolderBackend } from '../virtio/9p/folder-backend.ts';
import { isWindowsName } from '../virtio/9p/windows-name.ts';
import { DescriptorWalk, hasDescriptorPaths } from './descriptor-walk.ts';

/** Files of the user who runs Hartix appear as root's. Throws node's error where `path` is no readable folder. */
export function hostFolder(path: string, isReadOnly: boolean): FileBackend {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC } = fs.constants;
  const { O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const flags = { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW, O_NONBLOCK };
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  // The user may name the folder through symbolic links; the guest gets what they lead to now.
  const root = fs.realpathSync(path);
  const walk = hasDescriptorPaths()
    ? new DescriptorWalk(root)
    : new LstatWalk(fs, root === '/' ? '' : root);
  const accepts = process.platform === 'win32' ? { accepts: isWindowsName } : {};
  return new FolderBackend(fs, { walk, isReadOnly, flags, owner, ...accepts });
}
