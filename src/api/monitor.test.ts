/** What lines of the monitor ask of the devices, and what they answer. */
import { expect, test } from 'vitest';
import { OptionError } from './errors.ts';
import { MONITOR_HELP, Monitor } from './monitor.ts';

/** The calls that the keys lead to, and the answer. */
async function typed(keys: string): Promise<{ calls: unknown[]; answer: string }> {
  const calls: unknown[] = [];
  const disk = { name: 'disk1', kind: 'block', slot: 3 } as const;
  const answer = await new Promise<string>((resolve) => {
    const monitor = new Monitor(
      {
        add: async (options) => {
          calls.push(options);
          return disk;
        },
        remove: async (...request) => {
          calls.push(request);
          if (request[0] === 'root') throw new OptionError('devices: it is needed');
        },
        list: async () => [disk],
      },
      resolve,
    );
    monitor.open();
    monitor.type(keys);
    if (monitor.line === undefined) setImmediate(() => resolve('nothing'));
  });
  return { calls, answer };
}

test.each([
  ['device_add disk a.img:ro\r', [{ disk: 'a.img:ro' }], 'disk1 (block, slot 3) added'],
  [
    'device_add disk "a b" stick\r',
    [{ disk: 'a b', name: 'stick' }],
    'disk1 (block, slot 3) added',
  ],
  ['device_add mount /tmp tag\r', [{ mount: '/tmp', tag: 'tag' }], 'disk1 (block, slot 3) added'],
  ['device_add rng\r', [{ rng: true }], 'disk1 (block, slot 3) added'],
  ['device_del disk1\r', [['disk1', { pull: false }]], 'disk1 removed'],
  ['device_del disk1 pull\r', [['disk1', { pull: true }]], 'disk1 removed'],
  ['device_del root\r', [['root', { pull: false }]], 'devices: it is needed'],
  ['info devices\r', [], 'disk1 (block, slot 3)'],
  ['inXX\x7f\bfo devices\r', [], 'disk1 (block, slot 3)'],
  ['nonsense\x15info devices\r', [], 'disk1 (block, slot 3)'],
  ['device_add\r', [], MONITOR_HELP],
  ['device_add disk\r', [], MONITOR_HELP],
  ['device_add disk a b c\r', [], MONITOR_HELP],
  ['device_del a push\r', [], MONITOR_HELP],
  ['quit\r', [], MONITOR_HELP],
  ['device_del disk1\x03\r', [], 'nothing'],
])('%j', async (keys, calls, answer) => {
  expect(await typed(keys)).toEqual({ calls, answer });
});
