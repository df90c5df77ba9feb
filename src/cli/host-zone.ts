/** The host's time zone, by name and as the rules that the guest is to keep. */
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from '../api/system.ts';

const FOLDERS = ['/usr/share/zoneinfo', '/usr/share/lib/zoneinfo', '/var/db/timezone/zoneinfo'];
/** RFC 8536, section 3.1. */
const MAGIC = 'TZif';
const UNIVERSAL = /^(Etc\/)?(UTC|UCT|Zulu|Universal|GMT)$/;
const GUEST_FOLDER = '/usr/share/zoneinfo';
const NAME = /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/;

/** Name of the host's time zone, or what TZ says. Intl would know it everywhere, but takes 15 ms to load. */
export function timeZone(): string {
  const { TZ } = process.env;
  if (TZ) return TZ;
  try {
    const [, name] = readlinkSync('/etc/localtime').split('/zoneinfo/');
    if (name !== undefined) return name;
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The rules of a zone by its name; undefined where the host has none, as for a TZ that is a rule itself. */
function rulesOf(zone: string): Uint8Array | undefined {
  if (!NAME.test(zone)) return undefined;
  for (const folder of FOLDERS) {
    try {
      const bytes = readFileSync(join(folder, zone));
      if (bytes.toString('latin1', 0, MAGIC.length) === MAGIC) return bytes;
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error;
    }
  }
  return undefined;
}

/**
 * The host's zone for all programs of a system with our own root that start from now on: asked for before anything that is typed after the call. A
 * system that repeats has none of the host's.
 */
export function shareZone({ fs, seed }: System): void {
  const zone = timeZone();
  const rules = seed === undefined && !UNIVERSAL.test(zone) ? rulesOf(zone) : undefined;
  if (!rules) return;
  const path = `${GUEST_FOLDER}/${zone}`;
  const steps = [
    fs.mkdir(path.slice(0, path.lastIndexOf('/')), { recursive: true }),
    fs.writeFile(path, rules),
    fs.symlink(path, '/etc/localtime'),
  ];
  // Where the root is full, or the machine has ended, it is told so by what is asked of it next.
  for (const step of steps) step.catch(() => undefined);
}
