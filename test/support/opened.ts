/** @returns what was given, once it is open; what opens only in part is closed again, since no test gets it that would */
export async function opened<Thing extends AsyncDisposable>(
  thing: Thing,
  open: (thing: Thing) => Promise<void>,
): Promise<Thing> {
  try {
    await open(thing)
  } catch (error) {
    await thing[Symbol.asyncDispose]()
    throw error
  }
  return thing
}
