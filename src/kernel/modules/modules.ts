/**
 * Loadable modules: init_module(2), delete_module(2). No code of the file is run: the kernel is not RISC-V code. A module is
 * a driver that is part of this kernel and idle until a file that names it is loaded; everything else about it is real.
 */
import { EAGAIN, EBUSY, EEXIST, EINVAL, ENOENT, ENOEXEC, fail } from '../../abi/errno.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import { MODULE_CATALOGUE, type ModuleDescription, versionMagic } from './catalogue.ts';
import { MODULE_DRIVERS } from './drivers.ts';
import { readModuleInfo } from './module-file.ts';

/** Bits of /proc/sys/kernel/tainted: a module of a foreign licence, one from outside of the kernel's tree. */
const TAINT_PROPRIETARY = 1;
const TAINT_OUT_OF_TREE = 0x1000;
const FREE_LICENSES = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

export class LoadedModule {
  readonly name: string;
  readonly driver: string;
  readonly bytes: number;
  readonly taint: number;
  readonly depends: readonly string[];
  readonly parameters: ReadonlyMap<string, number>;
  /** What it added to the machine. */
  readonly disks: readonly Disk[];

  constructor(fields: Omit<LoadedModule, 'taintFlags'>) {
    this.name = fields.name;
    this.driver = fields.driver;
    this.bytes = fields.bytes;
    this.taint = fields.taint;
    this.depends = fields.depends;
    this.parameters = fields.parameters;
    this.disks = fields.disks;
  }

  /** As in /proc/modules: P, O. */
  get taintFlags(): string {
    const proprietary = (this.taint & TAINT_PROPRIETARY) === 0 ? '' : 'P';
    return `${proprietary}${(this.taint & TAINT_OUT_OF_TREE) === 0 ? '' : 'O'}`;
  }
}

export class Modules {
  /** In order of loading. */
  readonly loaded: LoadedModule[] = [];
  /** /proc/sys/kernel/tainted: stays when the module goes. */
  tainted = 0;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /**
   * Load the module of a file. `text`: `name=value` words. Errors: EEXIST when it is loaded, EINVAL for a parameter, ENOENT
   * for what it depends on, ENOEXEC for a file of another kernel, ENOMEM.
   */
  load(file: Uint8Array, text: string): void {
    const { kernel } = this;
    const info = readModuleInfo(file);
    const one = (name: string): string => info.get(name)?.[0] ?? '';
    const name = one('name');
    const description = this.describe(name, one('hartix_driver'), one('vermagic'));
    if (this.find(name)) throw fail(EEXIST, `${name} is loaded`);
    const depends = one('depends').split(',').filter(Boolean);
    for (const other of depends) {
      if (this.find(other)) continue;
      kernel.printk(`${name}: Unknown symbol of ${other} (err -2)`, 4);
      throw fail(ENOENT, `${name} depends on ${other}`);
    }
    const parameters = this.parse(description, text);
    const disks = driverOf(description.driver).load(kernel, parameters);
    const taint = this.taintOf(name, one('license'), one('intree'));
    const { driver } = description;
    this.loaded.push(
      new LoadedModule({ name, driver, bytes: file.length, taint, depends, parameters, disks }),
    );
    kernel.uevents.emit({ action: 'add', path: `/module/${name}`, subsystem: 'module' });
  }

  /** Errors: ENOENT, EAGAIN (EWOULDBLOCK) while it is used, EBUSY. */
  unload(name: string): void {
    const module = this.find(name);
    if (!module) throw fail(ENOENT, `no module ${name}`);
    if (this.holders(module).length > 0) throw fail(EAGAIN, 'other modules need it');
    if (this.references(module) > 0) throw fail(EAGAIN, `${name} is in use`);
    if (module.disks.some(({ mounted }) => mounted)) throw fail(EBUSY, 'mounted');
    this.loaded.splice(this.loaded.indexOf(module), 1);
    driverOf(module.driver).unload(this.kernel, module.disks);
    this.kernel.uevents.emit({ action: 'remove', path: `/module/${name}`, subsystem: 'module' });
  }

  find(name: string): LoadedModule | undefined {
    const wanted = name.replaceAll('-', '_');
    return this.loaded.find((module) => module.name === wanted);
  }

  /** Modules that depend on it. */
  holders({ name }: LoadedModule): string[] {
    return this.loaded.filter(({ depends }) => depends.includes(name)).map((other) => other.name);
  }

  /** Who uses it: other modules, open descriptors, mounts. */
  references(module: LoadedModule): number {
    const mounts = this.kernel.vfs.mounts.mounts;
    let count = this.holders(module).length;
    for (const disk of module.disks) {
      count += disk.openCount;
      if (disk.mounted) count += mounts.filter(({ fs }) => fs === disk.mounted).length;
    }
    return count;
  }

  /** The catalogue's row. Throws ENOEXEC, and says why in the log, for a file that stands for nothing here. */
  private describe(name: string, driver: string, magic: string): ModuleDescription {
    const { kernel } = this;
    const own = versionMagic(kernel.uts.release);
    const description = MODULE_CATALOGUE.find((row) => row.driver === driver && row.name === name);
    if (magic !== own) {
      kernel.printk(`${name}: version magic '${magic}' should be '${own}'`, 3);
      throw fail(ENOEXEC, 'version magic');
    }
    if (!description) {
      kernel.printk(`${name}: no driver of this kernel: code of modules is not executed`, 3);
      throw fail(ENOEXEC, 'foreign module');
    }
    return description;
  }

  private parse({ name, parameters }: ModuleDescription, text: string): Map<string, number> {
    const values = new Map(parameters.map((parameter) => [parameter.name, parameter.value]));
    for (const word of text.split(/\s+/).filter(Boolean)) {
      const [key = '', value = ''] = word.split('=', 2);
      if (!values.has(key)) {
        this.kernel.printk(`${name}: unknown parameter '${key}' ignored`, 4);
        continue;
      }
      if (!/^(0x[0-9a-f]+|\d+)$/i.test(value)) {
        this.kernel.printk(`${name}: \`${value}' invalid for parameter \`${key}'`, 3);
        throw fail(EINVAL, `parameter ${key}`);
      }
      values.set(key, Number(value));
    }
    return values;
  }

  private taintOf(name: string, license: string, intree: string): number {
    let taint = 0;
    if (!FREE_LICENSES.has(license)) {
      taint |= TAINT_PROPRIETARY;
      this.kernel.printk(`${name}: module license '${license}' taints kernel.`, 4);
    }
    if (intree !== 'Y') {
      taint |= TAINT_OUT_OF_TREE;
      this.kernel.printk(`${name}: loading out-of-tree module taints kernel.`, 4);
    }
    this.tainted |= taint;
    return taint;
  }
}

function driverOf(name: string) {
  const driver = MODULE_DRIVERS[name];
  if (!driver) throw fail(ENOEXEC, `no driver ${name}`);
  return driver;
}
