/** The account does not have what it was asked for. */
export class Absent extends Error {}

/** Nobody could see whether something is there. The message says why. */
export class Unseen extends Error {}

/** Whether `look` finds something: false if it is `Absent`. Throws `Unseen`. */
export async function isFound(look) {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Absent) return false;
    throw error;
  }
}
