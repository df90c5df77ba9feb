/** The guest that a suite runs in: the suite's folder at /suite, and the file system under test at /subject. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { boot, type System } from '../../src/index.ts';
import { debianFolder } from '../../test/support/debian.ts';

const BUILD = resolve(import.meta.dirname, '../../build/fs-suites');
const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const PACKAGES =
  'base-files bash libc-bin coreutils util-linux mount e2fsprogs xfsprogs dosfstools attr acl gawk grep sed perl-base perl bc hostname psmisc procps findutils diffutils file passwd libaio1t64 libuuid1 libgdbm6t64 liburing2 uuid-runtime'.split(
    ' ',
  );
const DISK_BYTES = 2 ** 32;

export type SubjectName = 'ext4' | 'tmpfs' | 'overlay' | 'vfat';

/** What a suite is run in. */
export interface Surroundings {
  /** Whether the file system is at /subject before it begins. */
  readonly isMounted: boolean;
  /** Whether in Debian's root, or in the shipped one. */
  readonly isDebian: boolean;
  /** Virtual: a test's sleeps take no time, and its limit counts its instructions, whatever else the host does. */
  readonly clock: 'real' | 'virtual';
  /** Of the disks. In virtual time what they take counts, so that a test that goes on for some seconds ends. */
  readonly model?: 'nvme';
}

/** How each is made of two empty disks of mke2fs or mkfs.fat, and who judges the first of them afterwards. */
const MOUNTS: Readonly<Record<SubjectName, string>> = {
  ext4: 'mount -t ext4 /dev/vdb /subject',
  tmpfs: 'mount -t tmpfs tmpfs /subject',
  overlay:
    'mount -t ext4 /dev/vdb /mnt; mkdir /mnt/l /mnt/u /mnt/w; mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w overlay /subject',
  vfat: 'mount -t vfat /dev/vdb /subject',
};

/** What pjdfstest asks of the shipped root image. */
const OWN_PREPARATION =
  "printf '#!/bin/sh\\nexec md5sum --tag\\n' > /bin/openssl; chmod +x /bin/openssl; mkdir -p /subject";

/** What the others ask of a system, and Debian's packages make at their installation. */
const DEBIAN_PREPARATION = [
  "printf '%s\\n' root:x:0:0:root:/root:/bin/bash daemon:x:1:1::/:/bin/sh bin:x:2:2::/:/bin/sh nobody:x:65534:65534::/:/bin/sh fsgqa:x:1000:1000::/tmp:/bin/bash 123456-fsgqa:x:1001:1001::/tmp:/bin/bash fsgqa2:x:1002:1002::/tmp:/bin/bash > /etc/passwd",
  "printf '%s\\n' root:x:0: daemon:x:1: bin:x:2: nogroup:x:65534: fsgqa:x:1000: 123456-fsgqa:x:1001: fsgqa2:x:1002: > /etc/group",
  '[ -e /bin/sh ] || ln -s bash /bin/sh; [ -e /bin/awk ] || ln -s gawk /bin/awk; ln -sf /proc/self/mounts /etc/mtab',
  'for kind in auth account password session; do echo "$kind sufficient pam_permit.so" > /etc/pam.d/common-$kind; done',
  'mkdir -p /subject /mnt/test /mnt/scratch',
].join('; ');

function makeDisk(name: string, isFat: boolean): string {
  const file = join(BUILD, name);
  rmSync(file, { force: true });
  writeFileSync(file, '');
  truncateSync(file, DISK_BYTES);
  if (isFat) execFileSync('mkfs.fat', ['-F', '32', file], { stdio: 'pipe' });
  else execFileSync('mke2fs', ['-q', '-t', 'ext4', '-b', '4096', file]);
  return file;
}

/** Debian's packages as an image. Throws where they cannot be had. */
function debianImage(): string {
  const folder = debianFolder('fs-suites', PACKAGES, true);
  if (folder === undefined) throw new Error('no Debian packages: see the warning');
  const image = join(BUILD, 'root.img');
  if (!existsSync(image)) execFileSync('node', [CLI, 'image', 'import', folder, image]);
  return image;
}

/** Throws where Debian's packages, e2fsprogs or dosfstools cannot be had. */
export async function bootSubject(
  suite: string,
  name: SubjectName,
  { isMounted, isDebian, clock, model }: Surroundings,
): Promise<{ system: System; disk: string }> {
  mkdirSync(BUILD, { recursive: true });
  const disk = makeDisk('subject.img', name === 'vfat');
  const system = await boot({
    ...(isDebian && { rootfs: debianImage() }),
    disks: [disk, makeDisk('scratch.img', false)].map((file) =>
      model === undefined ? file : `${file},model=${model}`,
    ),
    mounts: { '/suite': `${resolve(suite)}:ro` },
    memory: '768M',
    clock,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C' },
  });
  const preparation = isDebian ? DEBIAN_PREPARATION : OWN_PREPARATION;
  const commands = isMounted ? `${preparation}; ${MOUNTS[name]}` : preparation;
  const { exitCode, stderr } = await system.exec(commands);
  if (exitCode !== 0) throw new Error(stderr);
  return { system, disk };
}

/** What the judge of the disk says of it after the system was closed; '' if it is clean. */
export function judge(disk: string, name: SubjectName): string {
  const [program, ...options] = name === 'vfat' ? ['fsck.fat', '-n'] : ['e2fsck', '-fn'];
  try {
    execFileSync(program ?? '', [...options, disk], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return String(error);
  }
}
