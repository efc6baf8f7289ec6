/** Lists of EC2 come in pages. */
interface Page {
  readonly NextToken?: string | undefined;
}

/** Everything that a list has, by as many calls as there are pages. */
export async function allPages<P extends Page, T>(
  ask: (next: { readonly NextToken?: string }) => Promise<P>,
  items: (page: P) => readonly T[] | undefined,
): Promise<T[]> {
  const found: T[] = [];
  let next: { readonly NextToken?: string } | undefined = {};
  while (next !== undefined) {
    const page: P = await ask(next);
    found.push(...(items(page) ?? []));
    const { NextToken } = page;
    next = NextToken === undefined || NextToken === "" ? undefined : { NextToken };
  }
  return found;
}
