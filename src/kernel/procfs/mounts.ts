/** /proc/<pid>/mounts and mountinfo: fstab(5), proc_pid_mountinfo(5). */
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_STRICTATIME,
} from '../../abi/mount.ts';
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import type { NameNode } from '../../fs/dentry.ts';
import type { Mount } from '../../fs/mount.ts';
import { wayTo } from '../../fs/path.ts';
import type { Process } from '../process.ts';
import { escapePath } from './format.ts';

/** `isWhole`: those of the file system as such, too. */
function mountOptions(mount: Mount, isWhole: boolean): string {
  const { flags } = mount;
  const options = [(flags & MS_RDONLY) !== 0 || mount.fs.isReadOnly ? 'ro' : 'rw'];
  if (isWhole && mount.fs.keepsTimes) options.push('lazytime');
  if ((flags & MS_NOSUID) !== 0) options.push('nosuid');
  if ((flags & MS_NODEV) !== 0) options.push('nodev');
  if ((flags & MS_NOEXEC) !== 0) options.push('noexec');
  if ((flags & MS_NOATIME) !== 0) options.push('noatime');
  else if ((flags & MS_STRICTATIME) === 0) options.push('relatime');
  if ((flags & MS_NODIRATIME) !== 0) options.push('nodiratime');
  if ((flags & MS_NOSYMFOLLOW) !== 0) options.push('nosymfollow');
  return options.join(',');
}

function fileSystemOptions(mount: Mount): string {
  const options = mount.fs.shownOptions?.() ?? mount.options;
  return options === '' ? '' : `,${escapePath(options)}`;
}

/** Where the mount is seen from the root of the process; undefined when it is outside. */
function placeOf(mount: Mount, process: Process): string | undefined {
  const path = wayTo(mount.root, process.root);
  return path.startsWith('/') ? escapePath(path) : undefined;
}

export function showMounts(process: Process): string {
  return process.kernel.vfs.mounts.mounts
    .map((mount) => {
      const place = placeOf(mount, process);
      if (place === undefined) return '';
      const options = mountOptions(mount, true) + fileSystemOptions(mount);
      return `${escapePath(mount.source)} ${place} ${mount.fs.type.name} ${options} 0 0\n`;
    })
    .join('');
}

export function showMountInfo(process: Process): string {
  return process.kernel.vfs.mounts.mounts
    .map((mount) => {
      const place = placeOf(mount, process);
      if (place === undefined) return '';
      const { device, type, isReadOnly, keepsTimes } = mount.fs;
      const parent = mount.parent?.id ?? mount.id;
      const number = `${deviceMajor(device)}:${deviceMinor(device)}`;
      const root = escapePath(pathWithin(mount.rootNode));
      const superOptions =
        (isReadOnly ? 'ro' : 'rw') + (keepsTimes ? ',lazytime' : '') + fileSystemOptions(mount);
      return (
        `${mount.id} ${parent} ${number} ${root} ${place} ${mountOptions(mount, false)}${propagation(mount)} - ` +
        `${type.name} ${escapePath(mount.source)} ${superOptions}\n`
      );
    })
    .join('');
}

/** The optional fields. */
function propagation({ peerGroup, master, isUnbindable }: Mount): string {
  return (
    (peerGroup === 0 ? '' : ` shared:${peerGroup}`) +
    (master === 0 ? '' : ` master:${master}`) +
    (isUnbindable ? ' unbindable' : '')
  );
}

/** Path within the file system: other than / for bind mounts. */
function pathWithin(node: NameNode): string {
  let path = '';
  for (let at: NameNode | undefined = node; at?.parent; at = at.parent) path = `/${at.name}${path}`;
  if (node.isDeleted) path += '//deleted';
  return path === '' ? '/' : path;
}
