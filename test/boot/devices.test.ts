/** The device model: drivers of one class alike, nodes that come and go, exclusive devices, failing disks, modules. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const WORK = mkdtempSync(join(tmpdir(), 'hartix-devices-'));
const MODULES = '/lib/modules/$(uname -r)/kernel/drivers/block';
const TIMEOUT_MS = 30_000;
let system: System;

beforeAll(async () => {
  const disk = join(WORK, 'disk.img');
  writeFileSync(disk, Buffer.alloc(4 * 2 ** 20, 'Hartix!\n'));
  system = await boot({ disks: [disk] });
}, 60_000);

afterAll(async () => {
  await system.close();
  rmSync(WORK, { recursive: true, force: true });
});

async function run(script: string): Promise<{ out: string; err: string; status: number | null }> {
  const { stdout, stderr, exitCode } = await system.exec(script, { timeout: TIMEOUT_MS });
  return { out: stdout, err: stderr, status: exitCode };
}

async function sh(script: string): Promise<string> {
  const { out, err } = await run(script);
  expect(err).toBe('');
  return out;
}

/** /tmp/patched.ko: brd.ko with another text of the same length in it, so that its offsets stay right. */
async function patch(text: string, other: string): Promise<void> {
  const path = (await sh(`echo ${MODULES}/brd.ko`)).trim();
  const content = Buffer.from(await system.fs.readFile(path)).toString('latin1');
  expect(content).toContain(text);
  expect(other).toHaveLength(text.length);
  await system.fs.writeFile('/tmp/patched.ko', Buffer.from(content.replace(text, other), 'latin1'));
}

describe('modules', () => {
  test('insmod ramdisk.ko adds /dev/ram0, rmmod takes it away', async () => {
    expect(await sh('ls /dev/ram0 2>/dev/null; lsmod')).toBe(
      'Module                  Size  Used by\n',
    );
    await sh(`cd ${MODULES}; insmod ramdisk.ko rd_nr=2 rd_size=65536`);
    expect(await sh('ls -l /dev/ram0 /dev/ram1 | cut -c1-10,25-40')).toMatch(/^brw-rw----/);
    expect(await sh('cat /sys/block/ram1/size /sys/module/ramdisk/parameters/rd_nr')).toBe(
      '131072\n2\n',
    );
    expect(await sh('grep ram /proc/partitions | wc -l | tr -d " "; grep ram /proc/devices')).toBe(
      '2\n  1 ramdisk\n',
    );
    expect(await sh('lsmod | tail -1')).toMatch(/^ramdisk +\d+ {2}0\n$/);
    expect((await run('insmod ramdisk.ko')).err).toMatch(/File exists/);
    const busy = 'exec 3< /dev/ram0; cat /sys/module/ramdisk/refcnt; rmmod ramdisk';
    expect(await run(busy)).toMatchObject({ out: '1\n', status: 1 });
    expect((await run(busy)).err).toMatch(/Module ramdisk is in use/);
    await sh('rmmod ramdisk');
    expect(await sh('lsmod | wc -l | tr -d " "; ls /dev | grep -c "^ram"; true')).toBe('1\n0\n');
    expect((await run('rmmod ramdisk')).err).toMatch(/not currently loaded/);
  });

  test('give back the memory that they took', async () => {
    const free = 'sync; echo 3 > /proc/sys/vm/drop_caches; sed -n "s/MemFree: *//p" /proc/meminfo';
    const before = parseInt(await sh(free), 10);
    await sh(
      'modprobe ramdisk rd_size=8192; dd if=/dev/zero of=/dev/ram0 bs=64k 2>/dev/null; true',
    );
    const filled = parseInt(await sh(free), 10);
    expect(before - filled).toBeGreaterThan(8000);
    await sh('modprobe -r ramdisk');
    expect(before - parseInt(await sh(free), 10)).toBeLessThan(500);
  });

  test('are refused when they are foreign, broken, or given nonsense', async () => {
    const { err } = await run('insmod /bin/sh; insmod /etc/passwd; insmod /no/such.ko; dmesg -C');
    expect(err).toMatch(/'\/bin\/sh': Invalid module format/);
    expect(err).toMatch(/'\/etc\/passwd': Invalid module format/);
    expect(err).toMatch(/'\/no\/such.ko': No such file/);
    await patch('hartix_driver=brd', 'hartix_driver=xyz');
    expect((await run('insmod /tmp/patched.ko')).err).toMatch(/Invalid module format/);
    await patch('vermagic=6', 'vermagic=5');
    expect((await run('insmod /tmp/patched.ko')).err).toMatch(/Invalid module format/);
    expect((await run('modprobe ramdisk rd_nr=x')).err).toMatch(/Invalid parameters/);
    expect(await sh('dmesg')).toMatch(
      /brd: no driver of this kernel[\s\S]*version magic '5.*' should be '6[\s\S]*`x' invalid for parameter `rd_nr'/,
    );
    const asUser = await system.exec(`insmod ${MODULES}/brd.ko`, { user: 'nobody' });
    expect(asUser.stderr).toMatch(/Operation not permitted/);
  });

  test('taint the kernel when their licence says so', async () => {
    expect(await sh('cat /proc/sys/kernel/tainted')).toBe('0\n');
    await patch('license=GPL', 'license=ABC');
    const script = 'insmod /tmp/patched.ko; cat /proc/modules /proc/sys/kernel/tainted; rmmod brd';
    expect(await sh(script)).toMatch(/^brd \d+ 0 - Live 0x0+ \(P\)\n1\n$/);
    expect(await sh('cat /proc/sys/kernel/tainted')).toBe('1\n');
  });

  test('describe themselves', async () => {
    expect(await sh('modinfo -F description ramdisk; modinfo ramdisk | grep -c parm')).toBe(
      'RAM backed block device driver\n4\n',
    );
  });
});

describe('block drivers', () => {
  test('are alike: the image of the root mounts from virtio-blk and from a RAM disk', async () => {
    await sh(
      'modprobe ramdisk; sync; dd if=/dev/vda of=/dev/ram0 bs=1M 2>/dev/null; mkdir -p /mnt/ram',
    );
    await sh('mount -t ext2 -o ro /dev/ram0 /mnt/ram');
    expect(await sh('cmp /etc/os-release /mnt/ram/etc/os-release && echo same')).toBe('same\n');
    expect((await run('rmmod ramdisk')).err).toMatch(/in use/);
    await sh('umount /mnt/ram; rmmod ramdisk');
  });

  test('give ENODEV to open descriptors when the device goes, and come back when it does', async () => {
    const drivers = '/sys/bus/virtio/drivers/virtio_blk';
    const [name] = (await sh(`ls ${drivers} | grep virtio | tail -1`)).trim().split('\n');
    const before = await sh('head -c 8 /dev/vdb; cat /proc/partitions');
    const script = `
      exec 3< /dev/vdb
      head -c 8 <&3
      echo ${name} > ${drivers}/unbind
      ls /dev/vdb /sys/block/vdb
      head -c 8 <&3
      grep vdb /proc/partitions /proc/interrupts
      echo ${name} > ${drivers}/bind
      head -c 8 <&3
      exec 3< /dev/vdb; head -c 8 <&3; ls -l /sys/block/vdb | wc -l`;
    const { out, err } = await run(script);
    expect(out).toMatch(/^Hartix!\nHartix!\n\s*1\n$/);
    expect(err.match(/No such file or directory/g)).toHaveLength(2);
    expect(err.match(/No such device/g)).toHaveLength(2);
    expect(await sh('head -c 8 /dev/vdb; cat /proc/partitions')).toBe(before);
    expect((await run(`echo ${name} > ${drivers}/bind`)).err).toMatch(/write error/);
    expect((await run(`echo nothing > ${drivers}/unbind`)).err).toMatch(/write error/);
  });

  test('tell the helper of what comes and goes', async () => {
    const helper = '#!/bin/sh\\necho "$1 $ACTION $DEVNAME $MAJOR" >> /tmp/events\\n';
    await sh(`printf '${helper}' > /tmp/helper; chmod +x /tmp/helper`);
    const number = Number(await sh('cat /sys/kernel/uevent_seqnum'));
    await sh('echo /tmp/helper > /sys/kernel/uevent_helper; modprobe ramdisk; modprobe -r ramdisk');
    await sh('echo > /sys/kernel/uevent_helper; sleep 0.3');
    const events = (await sh('cat /tmp/events')).trim().split('\n').sort();
    expect(events).toEqual(
      ['block add ram0 1', 'block remove ram0 1', 'module add  ', 'module remove  ']
        .map((line) => line.trimEnd())
        .map((line) => expect.stringContaining(line)),
    );
    expect(Number(await sh('cat /sys/kernel/uevent_seqnum'))).toBe(number + 4);
  });

  test('try again when a request fails, and give EIO in the end', async () => {
    const fail = (count: number) => `echo ${count} > /sys/block/vdb/make-it-fail`;
    const read = 'dd if=/dev/vdb of=/dev/null bs=512 count=1';
    await sh('dmesg -C');
    expect(await run(`${fail(3)}; ${read} 2>/dev/null`)).toMatchObject({ status: 0 });
    expect(await sh('dmesg | grep -c "I/O error, dev vdb, sector 0 op 0x0:(READ).*attempt"')).toBe(
      '3\n',
    );
    const { err, status } = await run(`${fail(4)}; ${read}`);
    expect(err).toMatch(/I\/O error|Input\/output error/);
    expect(status).toBe(1);
    expect(await sh('dmesg | tail -1')).toMatch(/I\/O error, dev vdb, sector 0.*: given up/);
    expect(await run(read)).toMatchObject({ status: 0 });
  });
});

describe('buses', () => {
  test('show their devices and who drives them', async () => {
    const script = `
      cd /sys/bus/virtio/devices; for d in *; do echo "$d $(basename $(readlink $d/driver)) $(cat $d/device)"; done
      ls /sys/bus/platform/drivers; readlink -f /sys/bus/virtio/devices/virtio0/subsystem`;
    const lines = (await sh(script)).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'virtio0 virtio_blk 0x0002',
      'virtio1 virtio_console 0x0003',
      'virtio2 virtio_rng 0x0004',
    ]);
    expect(lines).toContain('of_serial');
    expect(lines.at(-2)).toBe('/sys/bus/virtio');
  });

  test('keep what the system needs', async () => {
    const { err } = await run('echo virtio1 > /sys/bus/virtio/drivers/virtio_console/unbind');
    expect(err).toMatch(/write error/);
  });
});

describe('/dev/dsp', () => {
  test('has one user at a time', async () => {
    const script =
      'exec 3> /dev/dsp; sh -c "exec 4> /dev/dsp"; exec 3>&-; sh -c "exec 4> /dev/dsp" && echo free';
    const { out, err } = await run(script);
    expect(out).toBe('free\n');
    expect(err).toMatch(/\/dev\/dsp: .*[Bb]usy/);
  });

  test('plays 8000 bytes in a second', async () => {
    // 16384 bytes are buffered; the other 8000 wait for room.
    const script =
      'read a b < /proc/uptime; head -c 24384 /dev/zero > /dev/dsp; read c d < /proc/uptime; echo $a $c';
    const [start = 0, end = 0] = (await sh(script)).trim().split(' ').map(Number);
    expect(end - start).toBeGreaterThan(0.9);
    expect(end - start).toBeLessThan(10);
  });
});

/** What softdog answers to each request of watchdog-api.rst. */
const DOG = `
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
static int fd;
static void ask(const char *name, unsigned long request, int value) {
  errno = 0;
  int status = ioctl(fd, request, &value);
  printf("%s %d %d %d\\n", name, status, errno, value);
}
int main(void) {
  fd = open("/dev/watchdog", O_RDWR);
  struct watchdog_info info;
  ioctl(fd, WDIOC_GETSUPPORT, &info);
  printf("%x %s\\n", info.options, info.identity);
  ask("default", WDIOC_GETTIMEOUT, -1);
  ask("set", WDIOC_SETTIMEOUT, 10);
  ask("none", WDIOC_SETTIMEOUT, 0);
  ask("much", WDIOC_SETTIMEOUT, 65536);
  ask("now", WDIOC_GETTIMEOUT, -1);
  ask("left", WDIOC_GETTIMELEFT, -1);
  ask("boot", WDIOC_GETBOOTSTATUS, -1);
  ask("status", WDIOC_GETSTATUS, -1);
  ask("again", WDIOC_GETSTATUS, -1);
  printf("%d\\n", write(fd, "xVx", 3) == 3);
  ask("magic", WDIOC_GETSTATUS, -1);
  ask("options", WDIOC_SETOPTIONS, 0);
  ask("temperature", WDIOC_GETTEMP, -1);
  ask("disable", WDIOC_SETOPTIONS, WDIOS_DISABLECARD);
  write(fd, "x", 1);
  sleep(11);
  ask("enable", WDIOC_SETOPTIONS, WDIOS_ENABLECARD);
  ask("alive", WDIOC_KEEPALIVE, -1);
  char byte;
  printf("%d", read(fd, &byte, 1)), printf(" %d\\n", errno);
  write(fd, "V", 1);
}`;

describe('/dev/watchdog', () => {
  test('answers as softdog', async () => {
    const file = join(WORK, 'dog.c');
    writeFileSync(file, DOG);
    const [path = ''] = await buildPrograms([{ file, flags: [] }], WORK);
    const machine = await boot({ deterministic: 1 });
    await machine.fs.writeFile('/tmp/dog', readFileSync(path));
    const { stdout } = await machine.exec('chmod 755 /tmp/dog; /tmp/dog; sleep 70; echo on');
    await machine.close();
    expect(stdout.split('\n')).toEqual([
      '8180 Software Watchdog',
      'default 0 0 60',
      'set 0 0 10',
      'none -1 22 0',
      'much -1 22 65536',
      'now 0 0 10',
      'left -1 95 -1',
      'boot 0 0 0',
      'status 0 0 32768',
      'again 0 0 0',
      '1',
      'magic 0 0 33024',
      'options -1 25 0',
      'temperature -1 25 -1',
      'disable 0 0 1',
      'enable 0 0 2',
      'alive 0 0 -1',
      '-1 22',
      'on',
      '',
    ]);
  });

  test('has one user at a time, and restarts the machine that nobody speaks for', async () => {
    const script = `exec 3> /dev/watchdog; (: > /dev/watchdog0) || sleep 59; echo . >&3; sleep 59
      exec 3>&-; sleep 59; dmesg | sed -n 's/.*watchdog0: //p'; echo on; sleep 2; echo off`;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        join(import.meta.dirname, '../../dist/cli.js'),
        'run',
        '--time',
        'virtual',
        '--',
        'sh',
        '-c',
        script,
      ],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe('watchdog did not stop!\non\n');
    expect(stderr).toMatch(/watchdog0: .*[Bb]usy[\s\S]*powered off/);
    expect(status).toBe(2);
  });
});

/** Reads the clock, sets it to a leap day's last second, reads it again a second later at most, and tries what is no date. */
const CLOCK = `
#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
static void show(int fd, const char *what, long aim) {
  struct rtc_time time;
  int status = ioctl(fd, RTC_RD_TIME, &time);
  struct tm tm = {.tm_sec = time.tm_sec, .tm_min = time.tm_min, .tm_hour = time.tm_hour, .tm_mday = time.tm_mday, .tm_mon = time.tm_mon, .tm_year = time.tm_year};
  long seconds = timegm(&tm), distance = seconds - aim;
  printf("%s %d %d %d %d\\n", what, status, distance >= 0 && distance < 20, time.tm_wday == tm.tm_wday, time.tm_yday == tm.tm_yday);
}
int main(void) {
  int fd = open("/dev/rtc", O_RDONLY);
  show(fd, "now", time(NULL) - 10);
  printf("second %d\\n", open("/dev/rtc0", O_RDONLY) < 0 && errno == EBUSY);
  struct rtc_time leap = {.tm_sec = 59, .tm_min = 59, .tm_hour = 23, .tm_mday = 29, .tm_mon = 1, .tm_year = 128};
  printf("set %d\\n", ioctl(fd, RTC_SET_TIME, &leap));
  show(fd, "leap", 1835481599);
  leap.tm_year = 127;
  printf("no date %d\\n", ioctl(fd, RTC_SET_TIME, &leap) < 0 && errno == EINVAL);
  printf("alarm %d\\n", ioctl(fd, RTC_AIE_ON, 0) < 0 && errno == EINVAL);
}
`;
test('/dev/rtc0 is read and set, by one at a time', async () => {
  const file = join(WORK, 'clock.c');
  writeFileSync(file, CLOCK);
  const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], WORK);
  await system.fs.writeFile('/tmp/clock', readFileSync(program));
  const { out, err } = await run(
    `chmod 755 /tmp/clock; /tmp/clock; ls -l /dev/rtc0 /dev/rtc | cut -c1-10`,
  );
  expect(err).toBe('');
  expect(out).toBe(
    'now 0 1 1 1\nsecond 1\nset 0\nleap 0 1 1 1\nno date 1\nalarm 1\nlrwxrwxrwx\ncrw-------\n',
  );
});
