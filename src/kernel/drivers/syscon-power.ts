/** Power off and reboot by a system controller: devicetree bindings power/reset/syscon-{poweroff,reboot}.yaml. */
import type { Platform } from '../../platform/platform.ts';
import type { DeviceNode } from './device-tree.ts';

export class SysconPower {
  private readonly platform: Platform;
  private readonly address: number;
  private readonly value: number;

  constructor(platform: Platform, address: number, value: number) {
    this.platform = platform;
    this.address = address;
    this.value = value;
  }

  trigger(): void {
    this.platform.writeMmio(this.address, 4, this.value);
  }
}

/** The register that `regmap`, `offset` and `value` of the node name; undefined when the controller is missing. */
export function probeSyscon(
  node: DeviceNode,
  root: DeviceNode,
  platform: Platform,
): SysconPower | undefined {
  const base = root.findByPhandle(node.u32('regmap') ?? 0)?.regions()[0]?.address;
  const value = node.u32('value');
  if (base === undefined || value === undefined) return undefined;
  return new SysconPower(platform, base + (node.u32('offset') ?? 0), value);
}
