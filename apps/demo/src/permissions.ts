export const permissionNames = ['view', 'edit', 'admin'] as const;

declare module 'nestjs-jwt-policy' {
  interface Register {
    permission: (typeof permissionNames)[number];
  }
}
