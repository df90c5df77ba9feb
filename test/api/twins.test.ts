/** Twins share threads: what one does, and how it ends, is nobody else's business. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { boot, KernelPanicError, LimitError, type Program, type System } from '../../src/index.ts';

describe('twins of one thread', () => {
  let parent: System;
  let twins: System[] = [];

  beforeAll(async () => {
    parent = await boot({ memory: '64M', limits: { output: 100_000 } });
    await parent.exec('echo warm');
  });

  afterAll(() => parent.close());

  afterEach(async () => {
    await Promise.all(twins.map((twin) => twin.close()));
    twins = [];
  });

  /** None has anything to do when the next is made, so all are in the same thread. */
  async function fork(count: number): Promise<System[]> {
    for (let k = 0; k < count; k++) twins.push(await parent.fork());
    return twins;
  }

  function pair(): Promise<[System, System]> {
    return fork(2) as Promise<[System, System]>;
  }

  const COUNTING = 'k=0; while :; do k=$((k+1)); case $k in *000) echo $k;; esac; done';

  async function counts(program: Program): Promise<void> {
    await program.waitFor(/3000/);
  }

  it('run in turns: one that never sleeps leaves the others their time', async () => {
    const [spinning, other] = await pair();
    const loops = [spinning, other].map((twin) => twin.spawn('sh', ['-c', COUNTING]));
    await Promise.all(loops.map(counts));
    expect((await other.exec('echo $((6*7))')).stdout).toBe('42\n');
    // A timer of one is due while the other runs.
    expect((await other.exec('sleep 0.01; echo up')).stdout).toBe('up\n');
  });

  it('are more than the threads take at first', async () => {
    const all = await fork(10);
    const outputs = await Promise.all(
      all.map((twin, k) => twin.exec(`echo ${k} > /tmp/k; cat /tmp/k`)),
    );
    expect(outputs.map(({ stdout }) => stdout)).toEqual(all.map((_, k) => `${k}\n`));
    expect((await parent.exec('ls /tmp/k')).exitCode).not.toBe(0);
  });

  it('end alone: closed while it runs, by a panic, by power-off, by a limit', async () => {
    const [closed, panicking, off, flooding, rest] = (await fork(5)) as [
      System,
      System,
      System,
      System,
      System,
    ];
    const loop = rest.spawn('sh', ['-c', COUNTING]);
    await counts(loop);
    const spinning = closed.spawn('sh', ['-c', COUNTING]);
    await counts(spinning);
    await closed.close();
    await expect(closed.exec('true')).rejects.toThrow(/closed|ended/);
    const panic = panicking.exec('echo c > /proc/sysrq-trigger');
    await expect(panic).rejects.toThrow(KernelPanicError);
    expect(await off.shutdown()).toBe(0);
    await expect(flooding.exec('yes')).rejects.toThrow(LimitError);
    expect((await rest.exec('echo here')).stdout).toBe('here\n');
    await loop.waitFor(/9000/);
    loop.kill();
  });

  it('tell their own events only, and wait for their own readers', async () => {
    const [watched, other] = await pair();
    const events = watched.events('process', { limit: 1, whenFull: 'wait' });
    const loop = other.spawn('sh', ['-c', COUNTING]);
    const run = watched.exec('/bin/true; /bin/true');
    // Nobody has read the first event yet.
    await counts(loop);
    expect((await other.exec('/bin/echo other')).stdout).toBe('other\n');
    const names = new Set<string>();
    for await (const { name } of events) {
      names.add(name);
      if (name === 'true') break;
    }
    expect((await run).exitCode).toBe(0);
    expect([...names].sort()).toEqual(['sh', 'true']);
  });

  it('stand still alone', async () => {
    const [paused, other] = await pair();
    const loop = paused.spawn('sh', ['-c', COUNTING]);
    await counts(loop);
    await paused.inspect.pace({ kind: 'pause' });
    const waiting = paused.exec('echo later');
    expect((await other.exec('echo now')).stdout).toBe('now\n');
    await paused.inspect.pace({ kind: 'run' });
    expect((await waiting).stdout).toBe('later\n');
    loop.kill();
  });

  it('have what their parent has when they are asked for, each way that their parts can take', async () => {
    const hash = 'cat /tmp/noise; cat /proc/mounts; ls -li /';
    await parent.exec('head -c 300000 /dev/urandom | sha256sum > /tmp/noise');
    await parent.exec('for k in 1 2 3 4 5 6 7 8; do cat /tmp/noise /tmp/noise; done > /tmp/more');
    const { stdout } = await parent.exec(hash);
    // By the parent's thread to a thread that waits; two at once, for which one machine is ready; to its own thread.
    const [first] = (await fork(1)) as [System];
    const both = await Promise.all([parent.fork(), first.fork(), parent.fork()]);
    twins.push(...both);
    const template = await parent.template();
    twins.push(await template.fork());
    await parent.exec('rm /tmp/noise');
    const outputs = await Promise.all(twins.map((twin) => twin.exec(hash)));
    expect(outputs.map((output) => output.stdout)).toEqual(twins.map(() => stdout));
  });

  it('go on from a parent that is in the middle of something', async () => {
    const loop = parent.spawn('sh', ['-c', COUNTING]);
    await counts(loop);
    for (const twin of await fork(2)) await twin.programs.get(await loop.pid)?.waitFor(/000/);
    loop.kill();
  });

  it('do not begin when their parent ends first, and leave nothing behind', async () => {
    const [middle] = (await fork(1)) as [System];
    const asked = middle.fork();
    const refused = expect(asked).rejects.toThrow(/closed|ended/);
    await middle.close();
    await refused;
    const next = await parent.fork();
    twins.push(next);
    expect((await next.exec('echo on')).stdout).toBe('on\n');
  });
});
