/** seccomp-run(1), what strace, /proc and the kernel log say of filters, and that a snapshot and a fork have them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let system: System;

beforeAll(async () => {
  system = await boot({ memory: '64M' });
});
afterAll(() => system?.close());

const run = (command: string) => system.exec(command);

it('a denied call fails with EPERM, or as is wished', async () => {
  await run('echo text >/tmp/f');
  const denied = await run('seccomp-run --deny openat cat /tmp/f');
  expect(denied).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'cat: /tmp/f: Operation not permitted\n',
  });
  const renamed = await run('seccomp-run --deny socket,openat --errno EIO cat /tmp/f');
  expect(renamed.stderr).toBe('cat: /tmp/f: I/O error\n');
  expect((await run('seccomp-run -d 56 -e 2 cat /tmp/f')).stderr).toBe(
    'cat: /tmp/f: No such file or directory\n',
  );
  expect((await run('seccomp-run --deny socket cat /tmp/f')).stdout).toBe('text\n');
});

it('a denied call ends the process', async () => {
  for (const how of ['kill', 'trap'])
    expect((await run(`seccomp-run --deny openat --${how} cat /tmp/f`)).signal).toBe('SIGSYS');
});

it('the log has a line for what was killed, and for what is logged', async () => {
  const last = async () => (await run('dmesg | tail -1')).stdout;
  const line = (call: number, signal: number, code: string) =>
    new RegExp(
      String.raw`audit: type=1326 audit\(\d+\.\d{3}:\d+\): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=\d+ comm="cat" ` +
        String.raw`exe="/bin/\S+" sig=${signal} arch=c00000f3 syscall=${call} compat=0 ip=0x[0-9a-f]+ code=0x${code}\n$`,
    );
  await run('seccomp-run --deny openat --kill cat /tmp/f');
  expect(await last()).toMatch(line(56, 31, '80000000'));
  await run('seccomp-run --deny openat --log cat /tmp/f');
  expect(await last()).toMatch(line(56, 0, '7ffc0000'));
  const settings = '/proc/sys/kernel/seccomp/actions_logged';
  await run(`echo kill_process >${settings}`);
  const before = await last();
  await run('seccomp-run --deny openat --log cat /tmp/f');
  expect(await last()).toBe(before);
  expect((await run(`echo allow >${settings}`)).exitCode).toBe(1);
  expect((await run(`echo 'log trap' >${settings}; cat ${settings}`)).stdout).toBe('trap log\n');
});

it('strace shows the filter and what it does', async () => {
  const traced = await run(
    'strace -e trace=seccomp,openat seccomp-run --deny openat --kill cat /tmp/f',
  );
  expect(traced.stderr).toMatch(/openat\(AT_FDCWD, "\/tmp\/f", .*\) = \?\n/);
  expect(traced.stderr).toMatch(
    /--- SIGSYS \{si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x[0-9a-f]+, si_syscall=__NR_openat, si_arch=AUDIT_ARCH_RISCV64\} ---\n/,
  );
  expect(traced.stderr).toMatch(/\+\+\+ killed by SIGSYS( \(core dumped\))? \+\+\+\n/);
});

it('root does not need it, others get no_new_privs with it', async () => {
  const status = 'grep -E "^(NoNewPrivs|Seccomp)" /proc/self/status';
  const shown = 'NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t2\n';
  const command = `seccomp-run -d socket seccomp-run -d socket ${status}`;
  expect((await system.exec(command, { user: 'user' })).stdout).toBe(shown);
});

it('a twin and a restored system have the filters of their threads', async () => {
  const script = 'read line; mkdir /tmp/made; echo $?';
  const running = system.spawn('seccomp-run', ['--deny', 'mkdirat', 'sh', '-c', script]);
  const status = `grep Seccomp /proc/${await running.pid}/status`;
  await run(`until ${status} | grep -q 2; do :; done`);
  const wanted = (await run(status)).stdout;
  expect(wanted).toBe('Seccomp:\t2\nSeccomp_filters:\t1\n');
  const twin = await system.fork();
  const restored = await boot({ snapshot: await system.snapshot() });
  try {
    for (const other of [twin, restored]) {
      expect((await other.exec(status)).stdout).toBe(wanted);
      const [program] = [...other.programs.values()];
      program?.write('go\n');
      await program?.waitFor(/^1\n/);
      expect((await other.exec('ls -d /tmp/made')).exitCode).not.toBe(0);
    }
  } finally {
    await twin.close();
    await restored.close();
    running.kill();
  }
});
