/** Debian's Linux for riscv64 with an initial RAM disk of busybox, from packages that are fetched and not committed. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeInitramfs } from '../../tools/initramfs.ts';
import { debianFolder } from '../support/debian.ts';

export interface LinuxGuest {
  readonly kernel: string;
  readonly initrd: string;
}

/** The package that depends on the current kernel's, and names it in its documentation's link. */
const META_PACKAGE = 'linux-image-riscv64';
/** Of the initial RAM disk. */
const ALL_MODULES = [
  'virtio_mmio',
  'virtio_blk',
  'virtio_net',
  'virtio_rng',
  'virtio_balloon',
  'virtio_input',
  'evdev',
  'crc32c_generic',
  'ext4',
  '9pnet_virtio',
  '9p',
];
/** What the shell of the RAM disk prints. */
export const PROMPT = '~ # ';

/** Undefined, with a warning, where the packages cannot be had. */
export function linuxGuest(modules: readonly string[] = ALL_MODULES): LinuxGuest | undefined {
  const meta = debianFolder('linux-meta', [META_PACKAGE], false);
  if (meta === undefined) return undefined;
  const name = readlinkSync(join(meta, 'usr/share/doc', META_PACKAGE));
  const root = debianFolder(name, [name, 'busybox-static'], false);
  if (root === undefined) return undefined;
  const kernel = readdirSync(join(root, 'boot')).find((file) => file.startsWith('vmlinu'));
  if (kernel === undefined) throw new Error(`${name} has no kernel in boot/`);
  const initrd = `${root}-${modules.length}.gz`;
  if (!existsSync(initrd)) writeInitramfs(initrd, root, modules);
  return { kernel: join(root, 'boot', kernel), initrd };
}
