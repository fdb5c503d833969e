import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { JwtPolicyOptions } from './jwt-policy.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<JwtPolicyOptions>({
  moduleName: 'JwtPolicy',
})
  .setClassMethodName('forRoot')
  .build();
