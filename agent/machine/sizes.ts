/** `1.2/3.0 GB`: decimal, as disks are sold. */
export function gigabytes(done: number, total: number): string {
  return `${(done / 1e9).toFixed(1)}/${(total / 1e9).toFixed(1)} GB`;
}

/** `120/340 MB` */
export function megabytes(done: number, total: number): string {
  return `${Math.round(done / 1e6)}/${Math.round(total / 1e6)} MB`;
}

export const GIB = 1024 ** 3;

/** `12.3 GiB` */
export function gibibytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
