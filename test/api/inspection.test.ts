/** What the views are made from, against what the guest's own /proc and programs say. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type Program, type Stand, type System } from '../../src/index.ts';

let system: System;

beforeAll(async () => {
  system = await boot();
});

afterAll(async () => {
  await system.close();
});

/** A shell's line that goes on for as long as the test wants. */
async function running(line: string): Promise<{ program: Program; pid: number }> {
  const program = system.spawn('/bin/sh', ['-c', `echo $$; ${line}`]);
  const chunk = await program.stdout.iterator().next();
  const pid = Number(new TextDecoder().decode(chunk.value as Uint8Array));
  return { program, pid };
}

async function ended(program: Program): Promise<void> {
  program.kill('SIGKILL');
  await program.exit;
}

describe('page tables', () => {
  test('a walk ends at the frame and the flags that pagemap tells', async () => {
    const { program, pid } = await running('while :; do sleep 1; done');
    const maps = await system.maps(pid);
    const text = maps.find(({ permissions }) => permissions === 'r-xp');
    const heap = maps.find(({ path }) => path === '[stack]');
    expect(text && heap).toBeDefined();
    for (const address of [text?.start ?? 0, (heap?.end ?? 0) - 4096]) {
      const { steps } = await system.inspect.walk(pid, address);
      expect(steps.map(({ level }) => level)).toEqual([2, 1, 0]);
      // Sv39: nine bits of page number a level.
      expect(steps.map(({ index }) => index)).toEqual([
        Math.floor(address / 2 ** 30) % 512,
        Math.floor(address / 2 ** 21) % 512,
        Math.floor(address / 2 ** 12) % 512,
      ]);
      const page = address / 4096;
      const { stdout } = await system.exec(
        `dd if=/proc/${pid}/pagemap bs=8 skip=${page} count=1 2>/dev/null | od -An -tx8`,
      );
      const entry = BigInt(`0x${stdout.trim()}`);
      expect(entry >> 63n).toBe(1n);
      const last = steps[2];
      expect(BigInt((last?.low ?? 0) >>> 10)).toBe(entry & ((1n << 55n) - 1n));
      // Valid, readable, for users, accessed; the text is executable.
      expect((last?.low ?? 0) & 0b1_0011).toBe(0b1_0011);
      expect(((last?.low ?? 0) & 8) !== 0).toBe(address === text?.start);
    }
    // Nothing is mapped at 0.
    const { steps } = await system.inspect.walk(pid, 0);
    expect((steps.at(-1)?.low ?? 1) & 1).toBe(0);
    await ended(program);
    await expect(system.inspect.walk(pid, 0)).rejects.toThrow(/ESRCH/);
  });
});

describe('signals', () => {
  test('reach the process, and wrong ones are told', async () => {
    const program = system.spawn('sleep', ['1000']);
    await expect
      .poll(async () => (await system.processes()).some((it) => it.name === 'sleep'))
      .toBe(true);
    const { pid } = (await system.processes()).find((it) => it.name === 'sleep') ?? { pid: 0 };
    await system.inspect.signal(pid, 'SIGTERM');
    expect(await program.exit).toMatchObject({ signal: 'SIGTERM' });
    await expect(system.inspect.signal(99_999, 'TERM')).rejects.toThrow(/ESRCH/);
    await expect(system.inspect.signal(1, 'NONSENSE')).rejects.toThrow(/no signal/);
  });
});

describe('system calls', () => {
  test('are those that the program makes, from the first look on', async () => {
    const { program, pid } = await running('read a; cd /usr; cat /etc/hostname >/dev/null; read b');
    expect((await system.inspect.calls(pid)).lines).toEqual([]);
    program.stdin.write('x\n');
    const lines: string[] = [];
    await expect
      .poll(async () => {
        lines.push(...(await system.inspect.calls(pid)).lines);
        return lines.some((line) => line.includes('exit'));
      })
      .toBe(true);
    expect(lines.join('\n')).toMatch(
      new RegExp(`^\\d+\\.\\d{6} ${pid} chdir\\("/usr"\\) = 0$`, 'm'),
    );
    // Its child's as well.
    expect(lines.join('\n')).toMatch(/openat\(AT_FDCWD, "\/etc\/hostname".*\) = 3$/m);
    expect(await system.inspect.calls('none')).toEqual({ lines: [], dropped: 0 });
    await ended(program);
  });

  test('that nobody takes are counted', async () => {
    const { program } = await running(
      'read a; dd if=/dev/zero of=/dev/null bs=1 count=10000; read b',
    );
    await system.inspect.calls('all');
    program.stdin.write('x\n');
    let text = '';
    for await (const chunk of program.stderr) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('records out')) break;
    }
    const { lines, dropped } = await system.inspect.calls('all');
    expect(lines.length).toBe(16384);
    // A read and a write each.
    expect(dropped).toBeGreaterThan(20_000 - 16_384);
    await system.inspect.calls('none');
    await ended(program);
  });
});

describe('scheduling', () => {
  test('two that compute take turns, one that sleeps does not run', async () => {
    const { program, pid } = await running(
      '(while :; do :; done) & (while :; do :; done) & sleep 1000',
    );
    await system.inspect.switches(true);
    const ran = new Map<number, number>();
    const names = new Map<number, string>();
    await expect
      .poll(async () => {
        const { tids, kinds, names: some } = await system.inspect.switches(true);
        for (const [tid, name] of some) names.set(tid, name);
        kinds.forEach((kind, at) => {
          const tid = tids[at] ?? 0;
          if (kind === 0) ran.set(tid, (ran.get(tid) ?? 0) + 1);
        });
        return [...ran].filter(
          ([tid, count]) => names.get(tid) === 'sh' && tid !== pid && count > 3,
        ).length;
      })
      .toBeGreaterThanOrEqual(2);
    const { timesNs, nowNs } = await system.inspect.switches(true);
    expect([...timesNs]).toEqual([...timesNs].sort((a, b) => a - b));
    expect(nowNs).toBeGreaterThanOrEqual(timesNs.at(-1) ?? 0);
    await system.inspect.switches(false);
    await system.exec(`pkill -KILL -P ${pid}`);
    await ended(program);
  });
});

describe('the log', () => {
  test('is what dmesg prints', async () => {
    const { stdout } = await system.exec('dmesg');
    const lines = await system.inspect.log();
    for (const { text } of lines) expect(stdout).toContain(text);
    const last = lines.at(-1)?.sequence ?? 0;
    expect((await system.inspect.log(last)).length).toBe(1);
  });
});

describe('translated code', () => {
  test('the hottest region is that of the loop, with its text', async () => {
    const { program } = await running('while :; do :; done');
    // Translated before anybody looked: its bytes have not been kept.
    await expect
      .poll(
        async () =>
          Number(/^regions: +(\d+)$/m.exec(await system.fs.readFile('/proc/jit', 'utf8'))?.[1]),
        {
          timeout: 60_000,
        },
      )
      .toBeGreaterThan(5);
    await system.inspect.regions(true);
    await expect
      .poll(async () => (await system.inspect.regions(true)).regions.length, { timeout: 60_000 })
      .toBeGreaterThan(0);
    const { regions, total } = await system.inspect.regions(true, 3);
    const [first] = regions;
    expect(first?.file).toMatch(/^\/(usr\/)?bin\//);
    expect(total).toBeGreaterThanOrEqual(first?.samples ?? 0);
    expect(first?.code.some(({ samples }) => samples > 0)).toBe(true);
    expect(first && (await system.inspect.wasmText(first))).toMatch(/i(32|64)\./);
    expect((await system.inspect.regions(false)).regions).toEqual([]);
    await ended(program);
  });
});

describe('pace', () => {
  /** Until the machine stands. */
  async function stood(): Promise<Stand> {
    let stand = await system.inspect.stand();
    while (stand.pace.kind !== 'pause') stand = await system.inspect.stand();
    return stand;
  }

  test('a paused machine executes nothing, and answers', async () => {
    const { program } = await running('while :; do :; done');
    const { retired, task } = await system.inspect.pace({ kind: 'pause' });
    expect(task?.name).toBe('sh');
    expect((await system.processes()).length).toBeGreaterThan(1);
    expect((await system.inspect.stand()).retired).toBe(retired);
    const uptime = await system.fs.readFile('/proc/uptime', 'utf8');
    expect(await system.fs.readFile('/proc/uptime', 'utf8')).toBe(uptime);
    await system.inspect.pace({ kind: 'run' });
    await expect.poll(async () => (await system.inspect.stand()).retired).toBeGreaterThan(retired);
    await ended(program);
  });

  test('a step is one instruction, and follows the code', async () => {
    const { program } = await running('while :; do :; done');
    await system.inspect.pace({ kind: 'pause' });
    for (let step = 0; step < 20; step++) {
      const before = await stood();
      await system.inspect.pace({ kind: 'instruction' });
      const after = await stood();
      if (after.event !== '') continue;
      expect(after.retired).toBe(before.retired + 1);
      const [executed, next] = before.code;
      expect(after.trail.at(-1)).toEqual(executed);
      if (!/^(b|j|c\.j|ret|call)/.test(executed?.text ?? '')) expect(after.pc).toBe(next?.address);
      const set = /^(?:li|c\.li) (\w+),(\d+)$/.exec(executed?.text ?? '');
      if (set?.[1] === 'a0') expect(Number(`0x${after.registers[10]}`)).toBe(Number(set[2]));
    }
    await system.inspect.pace({ kind: 'run' });
    await ended(program);
  });

  test('steps that are asked for faster than they are made are all made', async () => {
    const { program } = await running('while :; do :; done');
    const { retired } = await system.inspect.pace({ kind: 'pause' });
    await Promise.all(
      Array.from({ length: 10 }, () => system.inspect.pace({ kind: 'instruction' })),
    );
    // A trap, as that of a timer's interrupt, is a step that retires nothing.
    const steps = (await stood()).retired - retired;
    expect(steps).toBeGreaterThan(7);
    expect(steps).toBeLessThanOrEqual(10);
    await system.inspect.pace({ kind: 'run' });
    await ended(program);
  });

  test('a machine in slow motion answers at once', async () => {
    const { program } = await running('while :; do :; done');
    await system.inspect.pace({ kind: 'slow', perSecond: 10 });
    const { retired } = await system.inspect.stand();
    // So many looks take less than one of its slices would, which has 10 ms of its own clock: thousands of instructions.
    for (let look = 0; look < 20; look++) await system.inspect.stand();
    expect((await system.inspect.stand()).retired - retired).toBeLessThan(100);
    await system.inspect.pace({ kind: 'run' });
    await ended(program);
  });

  test('a step over calls ends with the next one', async () => {
    const { program } = await running('while :; do kill -0 $$; done');
    await system.inspect.pace({ kind: 'pause' });
    const events: string[] = [];
    for (let step = 0; step < 30 && !events.includes('system call kill'); step++) {
      await system.inspect.pace({ kind: 'call' });
      events.push((await stood()).event);
    }
    expect(events).toContain('system call kill');
    await system.inspect.pace({ kind: 'run' });
    await ended(program);
  });

  test('slow motion executes about as many instructions as it shall', async () => {
    const { program } = await running('while :; do :; done');
    const { retired } = await system.inspect.pace({ kind: 'slow', perSecond: 1000 });
    const start = performance.now();
    await expect
      .poll(async () => (await system.inspect.stand()).retired)
      .toBeGreaterThan(retired + 200);
    const seconds = (performance.now() - start) / 1000;
    const done = (await system.inspect.stand()).retired - retired;
    // Never more; less on a busy host.
    expect(done).toBeLessThan(1000 * (seconds + 0.5) + 200);
    await expect(system.inspect.pace({ kind: 'slow', perSecond: 0 })).rejects.toThrow(/outside/);
    await system.inspect.pace({ kind: 'run' });
    expect((await system.exec('echo on')).stdout).toBe('on\n');
    await ended(program);
  });
});

test('harts with threads of their own stand still, and are not stepped', async () => {
  await using many = await boot({ harts: 2 });
  const program = many.spawn('/bin/sh', ['-c', 'while :; do :; done']);
  await many.inspect.pace({ kind: 'pause' });
  const { retired } = await many.inspect.stand();
  await many.fs.readFile('/proc/stat', 'utf8');
  expect((await many.inspect.stand()).retired).toBe(retired);
  await expect(many.inspect.pace({ kind: 'instruction' })).rejects.toThrow(/boot with one/);
  await many.inspect.pace({ kind: 'run' });
  await expect.poll(async () => (await many.inspect.stand()).retired).toBeGreaterThan(retired);
  program.kill('SIGKILL');
  await program.exit;
});
