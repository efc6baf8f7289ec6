/** Names that look like a stack's own, and are somebody else's. */

const COUNT = 200;

export interface Own {
  readonly identity: string;
  readonly stack: string;
  /** Name of an image of its own. */
  readonly image: string;
  /** First digits of its build key. */
  readonly key: string;
}

/** Names that begin, end or are spelled like ours; none is ours. */
export function lookAlikes({ identity, stack, image, key }: Own): string[] {
  const names = [
    `${identity}x`,
    `x${identity}`,
    `${identity}-build`,
    identity.slice(0, -1),
    `${identity.slice(0, -1)}.build-x86_64-${key}-worker.${key}-worker`,
    `${identity}x.build-x86_64-${key}-worker.${key}-worker`,
    identity.toUpperCase(),
    stack,
    `${stack}.build-x86_64-${key}-worker.${key}-worker`,
    `${stack}2.build-x86_64-${key}-worker.${key}-worker`,
    `${stack}-${image}`,
    `${image}0`,
    `x${image}`,
    `${image}.owner.old`,
    `${image}-boot-1`,
    `copr-builder-x86_64-g99-${key}`,
  ];
  return Array.from({ length: COUNT }, (_, index) => {
    const name = names[index % names.length] ?? "";
    return index < names.length ? name : `${name}-${index}`;
  });
}
