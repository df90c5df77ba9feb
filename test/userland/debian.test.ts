/** Unmodified programs of Debian's riscv64 port, static and dynamic, from folders of the host. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type ExecResult, type System } from '../../src/index.ts';
import { debianFolder } from '../support/debian.ts';

const WORK = mkdtempSync(join(tmpdir(), 'hartix-debian-'));
afterAll(() => rmSync(WORK, { recursive: true, force: true }));

/** One word of a shell command line. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const busyboxFolder = debianFolder('busybox', ['busybox-static'], false);

describe.skipIf(!busyboxFolder)('busybox', () => {
  const program = join(busyboxFolder ?? '', 'usr/bin/busybox');
  let system: System;
  beforeAll(async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `line ${(i * 7919) % 500} of ${i % 13}`);
    writeFileSync(join(WORK, 'lines'), `${lines.join('\n')}\n`);
    system = await boot({
      mounts: { '/debian': join(busyboxFolder ?? '', 'usr/bin'), '/work': WORK },
    });
  });
  afterAll(() => system.close());

  const sh = (script: string): Promise<ExecResult> =>
    system.exec(`exec /debian/busybox sh -c ${quote(script)}`);

  test('the shell with ls, ps and awk', async () => {
    const { stdout, stderr, exitCode } = await sh('ls -l /bin | head; ps; awk "BEGIN{print 6*7}"');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^total \d+$/);
    for (const line of lines.slice(1, 10))
      expect(line).toMatch(/^[-l]rw[xs]r.[xs]r.x +\d+ root +root /);
    expect(lines[10]).toMatch(/^ *PID +USER +COMMAND$/);
    expect(lines[11]).toMatch(/^ +1 root +\/bin\/init/);
    expect(lines.at(-1)).toBe('42');
  });

  test('top, free, uptime, mount and df read /proc', async () => {
    const { stdout, exitCode } = await sh('top -b -n1; free; uptime; mount; df');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Mem: \d+K used, \d+K free, \d+K shrd, \d+K buff, \d+K cached$/m);
    expect(stdout).toMatch(/^ +1 +0 root +S +\d+ +\d+% +\d+% \/bin\/init/m);
    expect(stdout).toMatch(/^Mem: +262144 +\d+ +\d+ +\d+ +\d+ +\d+$/m);
    expect(stdout).toMatch(/load average: \d+\.\d\d, \d+\.\d\d, \d+\.\d\d$/m);
    expect(stdout).toContain('proc on /proc type proc (rw,nosuid,nodev,noexec,relatime)');
    expect(stdout).toMatch(/^\/dev\/vda +\d+ +\d+ +\d+ +\d+% \/$/m);
  });

  test('processes, pipes, signals and jobs', async () => {
    const { stdout } = await sh(`
      sleep 50 & kill $!; wait $!; echo killed $?
      timeout 0.1 sleep 50; echo timeout $?
      mkfifo /tmp/fifo; cat /tmp/fifo & echo through >/tmp/fifo; wait
      trap 'echo trapped' USR1; kill -USR1 $$
      (exit 7); echo status $?
      tar c -C /work . | tar t | grep -c lines
      dd if=/dev/zero bs=1k count=100 2>/dev/null | gzip | gunzip | wc -c
    `);
    expect(stdout).toBe('killed 143\ntimeout 143\nthrough\ntrapped\nstatus 7\n1\n102400\n');
  });

  const hasQemu = spawnSync('qemu-riscv64', ['--version']).status === 0;
  if (!hasQemu) console.warn('SKIPPED: applets are not compared: no qemu-riscv64');

  test.skipIf(!hasQemu)('applets, as on Linux', async () => {
    const lines = [
      'md5sum lines',
      'sha256sum lines',
      'cksum lines',
      'sort -k2n lines',
      "sort -u -t' ' -k4 lines",
      'grep -n of.1 lines',
      "sed -nE 's/(line) (.*) of/of \\2 \\1/p' lines",
      "awk '{s[$4]+=$2} END {for (i=0; i<13; i++) print i, s[i], sqrt(s[i])}' lines",
      'hexdump -C lines',
      'od -c lines',
      'tail -n 3 lines',
      "cut -d' ' -f2 lines",
      'uniq -c lines',
      "stat -c '%s %F %a' lines",
      'cat /no/such/file',
      'cmp lines /dev/null',
      'factor 1000000007 600851475143',
      'cal 9 1752',
    ];
    for (const line of lines) {
      const here = await system.exec(`exec /debian/busybox ${line}`, { cwd: '/work' });
      const options = { cwd: WORK, encoding: 'utf8' } as const;
      const command = `exec qemu-riscv64 "$0" ${line}`;
      const there = spawnSync('sh', ['-c', command, program], options);
      expect(here, line).toMatchObject({
        exitCode: there.status,
        stdout: there.stdout,
        stderr: there.stderr,
      });
    }
  });
});

const PACKAGES = ['procps', 'dash', 'bash', 'coreutils', 'mawk', 'sed', 'grep', 'findutils'];
const ESSENTIAL = ['python3-minimal', 'base-files', 'base-passwd', 'ncurses-base'];
const rootFolder = debianFolder('root', [...PACKAGES, ...ESSENTIAL], true);

describe.skipIf(!rootFolder)('dynamic programs in a chroot', () => {
  let system: System;
  beforeAll(async () => {
    system = await boot({ mounts: { '/debian': `${rootFolder}:ro` } });
    const { stderr } = await system.exec(
      'mount -t proc proc /debian/proc && mount --bind /dev /debian/dev && mount -t tmpfs tmpfs /debian/tmp',
    );
    expect(stderr).toBe('');
  });
  afterAll(() => system.close());

  const chroot = (command: string): Promise<ExecResult> =>
    system.exec(`exec chroot /debian /usr/bin/${command}`, { env: { PATH: '/usr/bin' } });

  test.each([
    ['ps -ef', /^UID +PID +PPID +C STIME TTY +TIME CMD\n\S+ +1 +0 .* \/bin\/init/],
    ['ps aux', /^USER +PID %CPU %MEM +VSZ +RSS TTY +STAT START +TIME COMMAND\n\S+ +1 .* Ss? /],
    ['ps -eLo pid,ppid,lwp,nlwp,stat,wchan:16,args', /^ +1 +0 +1 +1 S\S* +\S+ +\/bin\/init/m],
    ['top -b -n 1', /^top - [\d:]+ up .*\nTasks: +\d+ total, +1 running(?:.|\n)*^ +1 \S+ +20 +0 /m],
    ['free', /^Mem: +262144 +\d+ +\d+ +\d+ +[1-9]\d* +\d+$/m],
    ['uptime', /^ [\d:]+ up .* load average: \d+\.\d\d, \d+\.\d\d, \d+\.\d\d\n$/],
    ['vmstat', /^procs -+memory-+.*\n.* swpd .*\n +\d+ +0 +0 +\d+ /],
    ['pgrep -x init', /^1\n$/],
    ['w', /^ [\d:]+ up .*\nUSER +TTY /],
    ['pmap 1', /^1: +\/bin\/init.*\n(?:.|\n)*\[ stack \]\n total +\d+K\n$/],
  ])('%s', async (command, expected) => {
    const { stdout, stderr, exitCode } = await chroot(command);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(expected);
  });

  test('bash', async () => {
    const script = `
      a=(one two 'three four'); echo "\${#a[@]} \${a[2]}"
      diff() { comm -3 "$@"; }; diff <(echo 1) <(echo 1; echo 2)
      coproc cat; echo ping >&"\${COPROC[1]}"; read -r r <&"\${COPROC[0]}"; echo "$r"
      [[ abc123 =~ ([0-9]+) ]] && echo "\${BASH_REMATCH[1]}"
      seq 100 | mawk '{s += $1} END {print s}' | tee >(cat >/dev/null) | sed 's/^/sum /'
      trap 'echo bye' EXIT; (exit 3) || echo "status $?"`;
    const { stdout, stderr } = await chroot(`bash -c ${quote(script)}`);
    expect({ stdout, stderr }).toEqual({
      stdout: '3 three four\n\t2\nping\n123\nsum 5050\nstatus 3\nbye\n',
      stderr: '',
    });
  });

  test('dash, coreutils, find, grep', async () => {
    const script = `cd /tmp; mkdir d; for i in 1 2 3; do echo $i >d/f$i; done
      find d -type f -printf '%f %s\\n' | sort; grep -r 2 d; stat -c '%F %a' d; rm -r d; ls`;
    const { stdout } = await chroot(`dash -c ${quote(script)}`);
    expect(stdout).toBe('f1 2\nf2 2\nf3 2\nd/f2:2\ndirectory 755\n');
  });

  test('python', async () => {
    const script = `
import os, threading
out, lock = [], threading.Lock()
def work(i):
    with lock: out.append(i)
threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
pid = os.fork()
if pid == 0: os._exit(5)
print(6 * 7, sorted(out), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 2 ** 0.5)`;
    const { stdout, stderr } = await chroot(`python3 -S -c ${quote(script)}`);
    expect({ stdout, stderr }).toEqual({
      stdout: '42 [0, 1, 2, 3] 5 1.4142135623730951\n',
      stderr: '',
    });
  });
});
