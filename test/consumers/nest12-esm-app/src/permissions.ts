import { RequirePermission } from 'nestjs-jwt-policy';

declare module 'nestjs-jwt-policy' {
  interface Register {
    permission: 'view' | 'edit';
  }
}

// @ts-expect-error -- the shop knows no such permission
export const misspelt = () => RequirePermission('veiw');
