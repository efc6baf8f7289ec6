/** The boot of a disk where it was built, before anything of it is sent. */

/** `auto`: where the worker has KVM and qemu; `on`: everywhere, emulated where there is no KVM. */
export const FIRST_BOOTS = ["off", "on", "auto"] as const;
export type FirstBootMode = (typeof FIRST_BOOTS)[number];

/** What the machine must be; absent from a spec, nothing is booted. */
export interface FirstBootOrder {
  readonly mode: Exclude<FirstBootMode, "off">;
  /** Shell script that must succeed as root on it; the last line of its standard output: seconds from power-on to running. */
  readonly script: string;
  /** For all of it. */
  readonly timeoutMinutes: number;
}

/** What the commit record says of it; absent where it was off, and in records of versions before. */
export type FirstBoot =
  | {
      readonly by: "kvm" | "emulation";
      /** From power-on to running. */
      readonly seconds: number;
    }
  /** Why it was not, in at most 200 printable characters. */
  | { readonly notBooted: string };
