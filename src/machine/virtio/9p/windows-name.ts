/** Names of files that mean on Windows what they mean to the guest: "Naming Files, Paths, and Namespaces" of the Win32 documentation. */

/** Separators, drives and streams (C:, file:stream), wildcards, controls. */
const FORBIDDEN = /[\\/:*?"<>|\0-\x1f]/;
/** Win32 takes them away: `secret.` is `secret`. */
const DROPPED_END = /[. ]$/;
/** Devices, in every folder and with every extension. */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3]) *(?:\.|$)/i;

export function isWindowsName(name: string): boolean {
  return !FORBIDDEN.test(name) && !DROPPED_END.test(name) && !DEVICE.test(name);
}
