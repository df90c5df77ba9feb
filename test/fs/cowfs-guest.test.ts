/** cowfs in the guest: mkfs.cowfs, cp --reflink, snap, keys, and what df says; FICLONE and FIDEDUPERANGE on what can and cannot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;
beforeAll(async () => {
  os = await boot();
}, 60_000);
afterAll(() => os.close());

async function sh(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await os.exec(script);
  return `${stdout}${stderr}[${exitCode}]`;
}

/** Makes an image and mounts it. */
const SET_UP = `cd /tmp && truncate -s 32M disk && mkfs.cowfs -s 2 disk && mkdir -p /tmp/m && mount -t cowfs disk /tmp/m
used() { sync; df -k /tmp/m | awk 'NR == 2 { print $3 }'; }`;

describe('cowfs in the guest', () => {
  it('shares blocks: cp --reflink, and df after two equal files', async () => {
    const script = `${SET_UP}; cd /tmp/m
    head -c 1000000 /dev/urandom > a; one=$(used); cp --reflink=always a b && cmp a b && echo equal; two=$(used)
    cat a > c; three=$(used); echo $((two - one < 100)) $((three - two < 100)) $((one > 950))
    printf changed | dd of=b conv=notrunc 2>/dev/null; cmp a b | cut -d, -f1; tail -c +4097 b > b1; tail -c +4097 a | cmp - b1 && echo rest
    cp --reflink=always a /dev/shm/x; rm -f /dev/shm/x; cd /`;
    expect(await sh(script)).toBe(
      "equal\n1 1 1\na b differ: char 1\nrest\ncp: failed to clone '/dev/shm/x' from 'a': Cross-device link\n[0]",
    );
    expect(await sh('umount /tmp/m')).toBe('[0]');
  });

  it('keeps snapshots up to the limit, and goes back to one', async () => {
    const script = `mount -t cowfs -o loop /tmp/disk /tmp/m && cd / && rm /tmp/m/*
    echo first > /tmp/m/f; snap create /tmp/m one; echo second > /tmp/m/f; snap create /tmp/m two; echo third > /tmp/m/f
    snap create /tmp/m three; snap create -k /tmp/m three; snap list /tmp/m; cat /tmp/m/.snapshots/*/f; ls -a /tmp/m | tr '\\n' ' '
    touch /tmp/m/.snapshots/two/f; snap restore /tmp/m two; cat /tmp/m/f; snap delete /tmp/m two; snap list /tmp/m; umount /tmp/m`;
    expect(await sh(script)).toBe(
      `two
three
third
second
. .. f second
three
snap: /tmp/m/.snapshots/three: Quota exceeded
touch: setting times of '/tmp/m/.snapshots/two/f': Read-only file system
[0]`,
    );
  });

  it('needs the key of an encrypted one, and shows no plaintext on the disk', async () => {
    const script = `cd /tmp; truncate -s 4M secret; mkfs.cowfs -e secret; mkdir -p s
    mount -t cowfs -o loop secret s; head -c 32 /dev/urandom | keyctl padd logon cowfs:mine @u >/dev/null
    mount -t cowfs -o loop,key=cowfs:mine secret s && echo 'the plaintext of a file' > s/name-of-a-file; cat s/name-of-a-file; umount s
    grep -c -e plaintext -e name-of secret; head -c 32 /dev/urandom | keyctl padd logon cowfs:other @u >/dev/null
    mount -t cowfs -o loop,key=cowfs:other secret s; mount -t cowfs -o loop,key=cowfs:mine secret s; cat s/*; grep -c key= /proc/mounts; umount s`;
    const said = await sh(script);
    expect(said).toContain('the plaintext of a file\n0\nthe plaintext of a file\n0\n');
    expect(said).toContain('Required key not available');
    expect(said).toContain('Key was rejected by service');
  });

  it('is stored by umount alone, on a loop device, as vfat is', async () => {
    const script = `cd /tmp; mkdir -p v; for t in cowfs vfat; do truncate -s 4M $t.img; mkfs.$t $t.img >/dev/null
    mount -t $t -o loop $t.img v; echo kept by $t >v/file; umount v; mount -t $t -o loop $t.img v; cat v/file; umount v; done; dmesg | grep -c umount`;
    expect(await sh(script)).toBe('kept by cowfs\nkept by vfat\n0\n[1]');
  });
});
