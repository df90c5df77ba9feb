/** The options of mount(8) for vfat. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { parseNumber, parseOptions } from '../mount-options.ts';
import { type Charset, findCharset } from './charset.ts';
import type { ShortNameStyle } from './short-name.ts';

export interface FatSettings {
  uid: number;
  gid: number;
  /** Permission bits that files, and directories, do not have. */
  fmask: number;
  dmask: number;
  charset: Charset;
  iocharset: string;
  isUtf8: boolean;
  shortName: ShortNameStyle;
  /** Aliases get ~1 even where they are free without. */
  hasNumberTail: boolean;
  /** Only .exe, .com and .bat may be executed. */
  showsExecutables: boolean;
  /** The read-only attribute of a directory counts. */
  hasReadOnlyDirectories: boolean;
  /** System files cannot be changed. */
  isSystemImmutable: boolean;
  /** chown and chmod that cannot be are passed over. */
  isQuiet: boolean;
  /** Damage ends writing. */
  onError: 'continue' | 'remount-ro';
  /** Local time on disk is so many minutes ahead of UTC. */
  timeOffset: number | undefined;
}

/** Accepted, and nothing is different here. */
const IGNORED = new Set([
  'usefree',
  'flush',
  'discard',
  'check',
  'allow_utime',
  'tz',
  'nfs',
  'uni_xlate',
  'dots',
  'nodots',
]);

function asUmask(value: string): number {
  return parseNumber(value, 8) & 0o777;
}

function oneOf<T extends string>(value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw fail(EINVAL, `option value ${value}`);
  return found;
}

function defaults(): FatSettings {
  return {
    uid: 0,
    gid: 0,
    fmask: 0o022,
    dmask: 0o022,
    charset: findCharset('utf8'),
    iocharset: 'ascii',
    isUtf8: true,
    shortName: 'mixed',
    hasNumberTail: true,
    showsExecutables: false,
    hasReadOnlyDirectories: false,
    isSystemImmutable: false,
    isQuiet: false,
    onError: 'remount-ro',
    timeOffset: undefined,
  };
}

const BOOLEANS = ['', '0', '1', 'yes', 'no', 'true', 'false'];

const FLAGS: Readonly<Record<string, (settings: FatSettings) => void>> = {
  showexec: (s) => (s.showsExecutables = true),
  rodir: (s) => (s.hasReadOnlyDirectories = true),
  sys_immutable: (s) => (s.isSystemImmutable = true),
  quiet: (s) => (s.isQuiet = true),
  nonumtail: (s) => (s.hasNumberTail = false),
};

const VALUES: Readonly<Record<string, (settings: FatSettings, value: string) => void>> = {
  uid: (s, value) => (s.uid = parseNumber(value, 10)),
  gid: (s, value) => (s.gid = parseNumber(value, 10)),
  umask: (s, value) => (s.fmask = s.dmask = asUmask(value)),
  fmask: (s, value) => (s.fmask = asUmask(value)),
  dmask: (s, value) => (s.dmask = asUmask(value)),
  shortname: (s, value) => (s.shortName = oneOf(value, ['lower', 'win95', 'winnt', 'mixed'])),
  errors: (s, value) => (s.onError = oneOf(value, ['continue', 'remount-ro'])),
  codepage: (_, value) => oneOf(value, ['437']),
  time_offset(s, value) {
    if (!/^-?[0-9]{1,4}$/.test(value) || Math.abs(Number(value)) > 1440)
      throw fail(EINVAL, `time_offset ${value}`);
    s.timeOffset = Number(value);
  },
  iocharset(s, value) {
    s.iocharset = value;
    s.isUtf8 = value === 'utf8';
    findCharset(value);
  },
  utf8: (s, value) => (s.isUtf8 = ['', '1', 'yes', 'true'].includes(oneOf(value, BOOLEANS))),
};

/** Throws EINVAL. */
export function parseFatSettings(options: string): FatSettings {
  const settings = defaults();
  for (const [name, value] of parseOptions(options)) {
    if (IGNORED.has(name)) continue;
    if (value === '' && FLAGS[name]) FLAGS[name]?.(settings);
    else if (VALUES[name]) VALUES[name]?.(settings, value);
    else throw fail(EINVAL, `vfat option ${name}`);
  }
  settings.charset = findCharset(settings.isUtf8 ? 'utf8' : settings.iocharset);
  return settings;
}

const octal = (mask: number): string => mask.toString(8).padStart(4, '0');

/** As /proc/mounts shows them: Linux, fat_show_options. */
export function showFatSettings(settings: FatSettings): string {
  const { uid, gid, fmask, dmask, iocharset, shortName, timeOffset } = settings;
  return [
    ...(uid === 0 ? [] : [`uid=${uid}`]),
    ...(gid === 0 ? [] : [`gid=${gid}`]),
    `fmask=${octal(fmask)}`,
    `dmask=${octal(dmask)}`,
    'codepage=437',
    `iocharset=${iocharset}`,
    `shortname=${shortName}`,
    ...(settings.isUtf8 ? ['utf8'] : []),
    ...(settings.hasNumberTail ? [] : ['nonumtail']),
    ...(settings.isQuiet ? ['quiet'] : []),
    ...(settings.showsExecutables ? ['showexec'] : []),
    ...(settings.isSystemImmutable ? ['sys_immutable'] : []),
    ...(timeOffset === undefined ? [] : [`time_offset=${timeOffset}`]),
    ...(settings.hasReadOnlyDirectories ? ['rodir'] : []),
    `errors=${settings.onError}`,
  ].join(',');
}
