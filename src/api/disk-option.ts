/** A disk as the user names it: FILE, FILE:ro or FILE:cow, then perhaps settings. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DiskOption } from '../protocol.ts';
import { OptionError } from './errors.ts';

const MODELS = ['hdd', 'ssd', 'nvme', 'tape'] as const;
const MAX_BITS = 4096;

type Settings = Pick<DiskOption, 'model' | 'recordPath' | 'cache' | 'wrongBits'>;

function setting(settings: Settings, name: string, value: string): void {
  switch (name) {
    case 'record':
      settings.recordPath = resolve(value);
      break;
    case 'model':
      settings.model =
        MODELS.find((model) => model === value) ?? refuse(name, value, 'hdd, ssd, nvme or tape');
      break;
    case 'cache':
      if (value !== 'volatile') refuse(name, value, 'volatile');
      settings.cache ??= 'volatile';
      break;
    case 'lie':
      if (value !== 'on') refuse(name, value, 'on');
      settings.cache = 'lying';
      break;
    default: {
      const [, sector, bits] = /^(\d{1,12}):(\d{1,4})$/.exec(value) ?? [];
      if (sector === undefined || Number(bits) < 1 || Number(bits) > MAX_BITS)
        refuse(name, value, `SECTOR:BITS, 1 to ${MAX_BITS} of them`);
      settings.wrongBits = new Map(settings.wrongBits).set(Number(sector), Number(bits));
    }
  }
}

function refuse(name: string, value: string, wanted: string): never {
  throw new OptionError(`disk: ${name}=${value}: write ${wanted}`);
}

/** `,model=hdd,cache=volatile,lie=on,wrong=100:1,record=FILE`. Throws OptionError. */
function diskSettings(text: string): Settings {
  const settings: Settings = {};
  for (const word of text.split(',').slice(1)) {
    const at = word.indexOf('=');
    setting(settings, word.slice(0, at), word.slice(at + 1));
  }
  if (settings.cache === 'lying' && !text.includes(',cache=volatile'))
    throw new OptionError('disk: lie=on: only a cache lies; write cache=volatile,lie=on');
  return settings;
}

/** Throws OptionError. */
export function diskOption(spec: string): DiskOption {
  const [, file = '', text = ''] =
    /^(.*?)((?:,(?:model|record|cache|lie|wrong)=[^,]*)*)$/s.exec(spec) ?? [];
  const settings = diskSettings(text);
  const model = MODELS.find((name) => name === file);
  if (model !== undefined && !existsSync(file))
    return { path: '', isReadOnly: false, isCopied: true, ...settings, model };
  const isReadOnly = file.endsWith(':ro');
  const isCopied = file.endsWith(':cow');
  const path = resolve(file.replace(/:(ro|cow)$/, ''));
  if (!existsSync(path)) {
    throw new OptionError(`disk: no file '${path}'; create one with: truncate -s 64M '${path}'`);
  }
  if (statSync(path).isDirectory())
    throw new OptionError(`disk: '${path}' is a folder; name a file, or mount the folder`);
  return { path, isReadOnly, isCopied, ...settings };
}
