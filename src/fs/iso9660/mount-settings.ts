/** The options of mount(8) for iso9660. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { parseNumber, parseOptions } from '../mount-options.ts';

export interface Iso9660Settings {
  hasRockRidge: boolean;
  hasJoliet: boolean;
  /** Names without Rock Ridge and Joliet are shown in small letters and without version. */
  isMapped: boolean;
  /** Where Rock Ridge says nothing of them; undefined: as Linux chooses. */
  mode: number | undefined;
  directoryMode: number | undefined;
  uid: number;
  gid: number;
}

function setOption(settings: Iso9660Settings, name: string, value: string): void {
  if (name === 'norock') settings.hasRockRidge = false;
  else if (name === 'nojoliet') settings.hasJoliet = false;
  else if (name === 'map' && (value === 'n' || value === 'normal')) settings.isMapped = true;
  else if (name === 'map' && (value === 'o' || value === 'off')) settings.isMapped = false;
  else if (name === 'mode') settings.mode = parseNumber(value, 8) & 0o777;
  else if (name === 'dmode') settings.directoryMode = parseNumber(value, 8) & 0o777;
  else if (name === 'uid') settings.uid = parseNumber(value, 10);
  else if (name === 'gid') settings.gid = parseNumber(value, 10);
  else if (name !== 'utf8' && !(name === 'iocharset' && value === 'utf8'))
    throw fail(EINVAL, `iso9660: option ${name}=${value}`);
}

/** Throws EINVAL for what is unknown. */
export function parseSettings(options: string): Iso9660Settings {
  const settings: Iso9660Settings = {
    hasRockRidge: true,
    hasJoliet: true,
    isMapped: true,
    mode: undefined,
    directoryMode: undefined,
    uid: 0,
    gid: 0,
  };
  for (const [name, value] of parseOptions(options)) setOption(settings, name, value);
  return settings;
}
