/** /sys/devices/system/cpu/vulnerabilities beside the host's, where that Linux is as new as its list. */
import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testKernel } from '../../../test/support/kernel/test-kernel.ts';
import type { ProcRow } from '../procfs/row.ts';
import { sysfsEntries } from './entries.ts';

const FOLDER = 'devices/system/cpu/vulnerabilities';
const HOST = `/sys/${FOLDER}`;
/** In the list since Linux 6.17. */
const LATEST = 'vmscape';
const isAsNew = existsSync(`${HOST}/${LATEST}`);
if (!isAsNew) console.warn('SKIPPED: the oracle of this test is /sys of a Linux host from 6.17 on');

const { kernel } = testKernel();

function folder(path: string): readonly ProcRow[] {
  let rows: readonly ProcRow[] = sysfsEntries(kernel);
  for (const part of path.split('/')) {
    const { entries } = rows.find(({ name }) => name === part) ?? {};
    rows = typeof entries === 'function' ? entries(kernel) : (entries ?? []);
  }
  return rows;
}

test.skipIf(!isAsNew)('what Linux tells of processors is told', () => {
  const names = folder(FOLDER).map(({ name }) => name);
  expect(names.toSorted()).toEqual(readdirSync(HOST).toSorted());
});
