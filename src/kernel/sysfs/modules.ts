/** /sys/module and /proc/modules: the modules that are loaded. */
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from '../procfs/row.ts';

/** name size references holders state address [taint]: proc_modules(5). */
export function showModules({ modules }: Kernel): string {
  return modules.loaded
    .toReversed()
    .map((module) => {
      const holders = modules.holders(module);
      const list = holders.length === 0 ? '-' : `${holders.join(',')},`;
      const taint = module.taintFlags === '' ? '' : ` (${module.taintFlags})`;
      const { name, bytes } = module;
      return `${name} ${bytes} ${modules.references(module)} ${list} Live 0x0000000000000000${taint}\n`;
    })
    .join('');
}

export function moduleRows({ modules }: Kernel): readonly ProcRow[] {
  return modules.loaded.map((module) => ({
    name: module.name,
    subject: module,
    entries: [
      { name: 'coresize', show: () => `${module.bytes}\n` },
      {
        name: 'holders',
        entries: () => {
          return modules.holders(module).map((name) => ({ name, link: () => `../../${name}` }));
        },
      },
      { name: 'initstate', show: () => 'live\n' },
      {
        name: 'parameters',
        entries: [...module.parameters].map(([name, value]) => {
          return { name, show: () => `${value}\n` };
        }),
      },
      { name: 'refcnt', show: () => `${modules.references(module)}\n` },
      { name: 'taint', show: () => `${module.taintFlags}\n` },
    ],
  }));
}
