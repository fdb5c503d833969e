/** Where the permissions of somebody are in Redis. */
export const permissionsKey = (prefix, subject) => `${prefix}:permissions:${subject}`;
