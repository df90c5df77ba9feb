/** Fault injection on Hartix's kernel: the plan takes effect on calls, and what it does is told to the host. */
import { CallFaults } from '../kernel/faults/call-faults.ts';
import type { FaultPlan } from '../kernel/faults/fault-plan.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { HostPort } from './host-port.ts';

/** Injected failures that the host is told of: a program may try again for ever. */
const MOST_FAULTS = 1000;
/** From the first program on, or from the boot of a console. */
export function startFaults(plan: FaultPlan, kernel: Kernel, port: HostPort): void {
  kernel.faults = new CallFaults(plan, kernel);
  plan.onInjection = ({ rule, text }) => {
    if (plan.count > MOST_FAULTS) return;
    const instructions = kernel.arch.platform.instret(0);
    port.post({ type: 'fault', fault: { rule: rule.text, text, instructions } });
  };
}
