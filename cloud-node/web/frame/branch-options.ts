/** Branches to choose from, with the one that an address names though nobody knows it: what a list is cut down to is seen. */
export function branchOptions(
  all: string,
  branches: readonly { readonly id: string; readonly name: string }[],
  chosen: string,
): (readonly [value: string, words: string])[] {
  const known = branches.map(({ id, name }) => [id, name] as const)
  const isKnown = chosen === '' || known.some(([id]) => id === chosen)
  return [['', all], ...known, ...(isKnown ? [] : [[chosen, chosen] as const])]
}
