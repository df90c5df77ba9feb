/** System tools in the guest that have to say why: texts of util-linux 2.38 and procps-ng 4.0. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;
beforeAll(async () => {
  os = await boot();
}, 60_000);
afterAll(() => os.close());

async function sh(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await os.exec(script, { cwd: '/root' });
  return `${stdout}${stderr}[${exitCode}]`;
}

it('swapon says that a file has holes', async () => {
  expect(await sh('truncate -s 1M sw; swapon sw')).toBe(
    'swapon: sw: skipping - it appears to have holes.\n[255]',
  );
});

it('mount says what is mounted already', async () => {
  const script = 'truncate -s 1M d; mke2fs -q d; losetup /dev/loop7 d; mkdir m; mount /dev/loop7 m';
  expect(await sh(`${script}; mount /dev/loop7 /root/m`)).toBe(
    'mount: /root/m: /dev/loop7 already mounted on /root/m.\n[32]',
  );
  await sh('umount m; losetup -d /dev/loop7');
});

it('umount takes the mount that it is told, whatever the sources of others look like', async () => {
  const script = `mkdir -p a 'b c' proc; cd /root
    mount -t tmpfs "$(printf '\\f')" a && mount -t tmpfs 'x y' 'b c' && umount -l /root/a /root/b\\ c
    grep -c /root /proc/mounts; test -e /proc/self && echo there`;
  expect(await sh(script)).toBe('0\nthere\n[0]');
});

it('dmesg chooses by level and tells facility and level', async () => {
  await sh("logger nothing; echo '<3>broken' > /dev/kmsg; echo '<28>beware' > /dev/kmsg");
  expect(await sh('dmesg -t -l err,warn -x | tail -2')).toBe(
    'user  :err   : broken\ndaemon:warn  : beware\n[0]',
  );
  // Who writes there is no kernel: facility 0 becomes user (8), as in Linux's devkmsg_write.
  expect(await sh("dmesg -r | tail -2 | sed 's/ .*//'")).toBe('<11>[\n<28>[\n[0]');
  expect(await sh('dmesg -l nope')).toBe("dmesg: unknown level 'nope'\n[1]");
});

it('ps knows the class of the scheduler', async () => {
  expect(await sh('chrt -f 5 ps -o cls,class,policy,rtprio,sched,comm -p $$,1 | head -1')).toBe(
    'CLS CLS POL RTPRIO SCH COMMAND\n[0]',
  );
  expect(await sh('chrt -f 5 sh -c "ps -o cls,rtprio,sched -p \\$\\$; :"')).toBe(
    'CLS RTPRIO SCH\n FF      5   1\n[0]',
  );
});
