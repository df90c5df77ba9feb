/** Events of the guest, with what is known of programs whose calls, ends and faults are written here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, OptionError, type System } from '../../src/index.ts';

let os: System;

beforeAll(async () => {
  os = await boot({ memory: '64M' });
});

afterAll(() => os.close());

/** All events of a stream up to the first that `isLast` accepts. */
async function upTo<Event>(stream: AsyncIterable<Event>, isLast: (event: Event) => boolean) {
  const events: Event[] = [];
  for await (const event of stream) {
    events.push(event);
    if (isLast(event)) break;
  }
  return events;
}

describe('process', () => {
  test('tells of forks, programs and ends, in order', async () => {
    const stream = os.events('process');
    const { exitCode } = await os.exec('(exit 7); /bin/true; sh -c "kill -9 \\$\\$"; exit 3');
    expect(exitCode).toBe(3);
    const events = await upTo(stream, (e) => e.action === 'exit' && e.exitCode === 3);
    const shell = events[0]?.pid ?? 0;
    const told = events.map((event) => {
      const who = event.pid === shell ? 'shell' : event.parentPid === shell ? 'child' : 'other';
      if (event.action === 'exec') return `${who} exec ${event.path}`;
      if (event.action === 'exit') return `${who} exit ${event.exitCode ?? event.signal}`;
      return `${who} fork`;
    });
    expect(told).toEqual([
      'shell fork',
      'shell exec /bin/sh',
      'child fork',
      'child exit 7',
      'child fork',
      'child exec /bin/true',
      'child exit 0',
      'child fork',
      'child exec /bin/sh',
      'child exit SIGKILL',
      'shell exit 3',
    ]);
    expect(events.map(({ timeNs }) => timeNs)).toEqual(
      events.map(({ timeNs }) => timeNs).sort((a, b) => a - b),
    );
  });
});

describe('syscall', () => {
  test('gives name, result and text of each call, of one process and its children', async () => {
    const shell = os.spawn('sh');
    const pid = await shell.pid;
    const other = os.exec('cat /etc/hostname');
    const stream = os.events('syscall', { pid });
    shell.write('cat /nothing\nexit\n');
    await shell.exit;
    await other;
    const events = await upTo(stream, (e) => e.call === 'openat' && e.text.includes('nothing'));
    expect(events.at(-1)).toMatchObject({ call: 'openat', result: -2, error: 'ENOENT' });
    expect(events.at(-1)?.pid).not.toBe(pid);
    expect(events.at(-1)?.text).toMatch(/^\d+ openat\(AT_FDCWD, "\/nothing", .*\) = -1 ENOENT/);
    expect(events.some((event) => event.pid === pid && event.call === 'read')).toBe(true);
    expect(events.some((event) => event.text.includes('hostname'))).toBe(false);
  });

  test('leaves children out where they are not wanted', async () => {
    const shell = os.spawn('sh');
    const pid = await shell.pid;
    const stream = os.events('syscall', { pid, children: false });
    shell.write('cat /nothing\numask 077\n');
    const events = await upTo(stream, (e) => e.call === 'umask' && e.text.includes('077'));
    expect(new Set(events.map((event) => event.pid))).toEqual(new Set([pid]));
    shell.end();
    await shell.exit;
  });
});

test('signal tells who sent what to whom', async () => {
  const sleep = os.spawn('sleep', ['100']);
  const pid = await sleep.pid;
  const stream = os.events('signal', { pid });
  await os.exec(`kill -USR1 ${pid}`);
  const [event] = await upTo(stream, () => true);
  expect(event).toMatchObject({ pid, name: 'sleep', signal: 'SIGUSR1' });
  expect(event?.senderPid).toBeGreaterThan(1);
  expect(await sleep.exit).toEqual({ exitCode: null, signal: 'SIGUSR1' });
});

test('page-fault gives address, access and outcome', async () => {
  const stream = os.events('page-fault');
  await os.exec('true');
  const [first] = await upTo(stream, () => true);
  expect(first).toMatchObject({ outcome: 'mapped' });
  expect(first?.address).toBeGreaterThan(0);
});

test('log gives lines of the kernel', async () => {
  const stream = os.events('log');
  await os.exec('echo "<4>from user space" > /dev/kmsg');
  const events = await upTo(stream, (event) => event.text.includes('from user space'));
  expect(events.at(-1)?.level).toBe(4);
});

describe('back-pressure', () => {
  const CALLS = 3000;
  const script = `i=0; while [ $i -lt ${CALLS} ]; do umask 022; i=$((i+1)); done`;
  const isUmask = (event: { call: string }) => event.call === 'umask';

  test('drops and counts what a slow reader has no room for', async () => {
    const stream = os.events('syscall', { limit: 100 });
    await os.exec(script);
    expect(stream.dropped).toBeGreaterThan(CALLS - 100);
    const kept: unknown[] = [];
    for (let i = 0; i < 100; i++) kept.push(await stream.next());
    expect(kept).toHaveLength(100);
    await stream.return();
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  test('lets the guest wait for a slow reader that wants all', async () => {
    const stream = os.events('syscall', { limit: 64, whenFull: 'wait' });
    const done = os.exec(script).then(() => stream.return());
    let count = 0;
    for await (const event of stream) {
      if (!isUmask(event)) continue;
      if (++count === CALLS) break;
    }
    await done;
    expect({ count, dropped: stream.dropped }).toEqual({ count: CALLS, dropped: 0 });
  });
});

test('wrong options say what to write', () => {
  expect(() => os.events('constructor' as 'log')).toThrow(
    "events: no 'constructor'; write syscall, process, signal, page-fault, log",
  );
  expect(() => os.events('log', { limit: 0 })).toThrow(OptionError);
  expect(() => os.events('log', { pid: 1 })).toThrow(/leave out pid/);
});

test('streams end with the machine, a waiting guest and a waiting reader too', async () => {
  const other = await boot({ memory: '64M' });
  const stuck = other.events('syscall', { limit: 1, whenFull: 'wait' });
  const waiting = other.events('log').next();
  void other.exec('ls').catch(() => undefined);
  expect((await stuck.next()).done).toBe(false);
  await other.close();
  expect(await waiting).toEqual({ value: undefined, done: true });
  await upTo(stuck, () => false);
});
