/** The one spelling under which a user name is stored, looked up and counted. */
export function normalizeUserName(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
