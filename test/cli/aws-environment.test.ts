import { expect, test } from '@jest/globals';
import { prepareAwsEnvironment } from '../../src/cli/aws-environment.js';

test("the original's placeholders are no credentials, real ones stay", () => {
  const environment: NodeJS.ProcessEnv = {
    AWS_ACCESS_KEY_ID: 'specify_me',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'us-west-2',
  };
  prepareAwsEnvironment(environment);
  expect(environment).toEqual({
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'us-west-2',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
});
